// Says two minutes before a session ends that it will, and keeps it alive on request. All tabs of the browser share its end.
const ending = document.querySelector("#session-end");
const WARNED = 120;

function say(name) {
  if (ending.dataset.said === name) return;
  ending.dataset.said = name;
  ending.querySelectorAll(":scope > :not(template)").forEach((part) => part.remove());
  const words = ending.querySelector(`#session-${name}`);
  if (words) ending.append(words.content.cloneNode(true));
}

function endsIn(seconds) {
  localStorage.setItem("session-end", Date.now() + 1000 * seconds);
}

async function stay() {
  const answer = await fetch(ending.dataset.stay);
  if (!answer.redirected) {
    const { seconds } = await answer.json();
    ending.dataset.last = seconds <= WARNED ? "yes" : "";
    endsIn(seconds);
  }
  look();
}

const secondsLeft = () => (Number(localStorage.getItem("session-end")) - Date.now()) / 1000;

function look() {
  const left = secondsLeft();
  if (left <= 0) say("over");
  else if (left <= WARNED) say(ending.dataset.last ? "last" : "soon");
  else say("");
}

if (ending) {
  endsIn(Number(ending.dataset.seconds));
  ending.addEventListener("click", (event) => event.target.closest("button") && stay());
  setInterval(look, 5000);
  document.addEventListener("words-kept", () => {
    if (secondsLeft() < Number(ending.dataset.seconds) / 2) stay(); // who types is there: the site knows, this page has to ask
  });
  look();
}
