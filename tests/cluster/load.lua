-- Readers in bulk for wrk: `wrk -s load.lua URL -- HOST MILLISECONDS PATH…`. Counts what is no whole page.
local threads = {}
function setup(thread) table.insert(threads, thread) end

function init(arguments)
  bad, last, turn, requests, pause = 0, 0, 0, {}, tonumber(arguments[2])
  for number = 3, #arguments do
    for _, coding in ipairs({"br", "gzip", "br", "br"}) do
      table.insert(requests, wrk.format("GET", arguments[number], {["Host"] = arguments[1], ["Accept-Encoding"] = coding}))
    end
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function delay() return pause end

function response(status, headers, body)
  local coded = headers["content-encoding"] or headers["Content-Encoding"]
  if status ~= 200 or #body < 500 or not (coded or body:find("</html>", 1, true)) then
    bad, last = bad + 1, status
  end
end

function done(summary, latency)
  local wrong, status = 0, 0
  for _, thread in ipairs(threads) do wrong, status = wrong + thread:get("bad"), thread:get("last") end
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("figures %d %d %d %d %d %d %d\n", summary.requests, summary.duration, failed, wrong, status,
    latency:percentile(50), latency:percentile(99)))
end
