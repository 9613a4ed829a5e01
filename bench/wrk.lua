-- For wrk: says what it measured in one line; with an argument, each connection rests that many milliseconds on average.
function init(args)
  local mean = tonumber(args[1] or "0")
  if mean > 0 then
    math.randomseed(os.time())
    delay = function() return math.floor(math.random() * 2 * mean + 0.5) end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("requests %d microseconds %d p50 %d p99 %d failed %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
