/* The staff side: says in time that the sign-in is about to end. Every page works without it. ES2015. */
(function () {
  "use strict";
  var notice = document.querySelector("[data-expiring]");
  if (!notice) { return; }
  var words = notice.querySelector("[data-expiring-words]");
  var stay = notice.querySelector("[data-stay]");
  var told = words.textContent;
  var timers = [];

  function count() {
    timers.forEach(clearTimeout);
    notice.hidden = true;
    words.textContent = told;
    stay.hidden = false;
    timers = [
      setTimeout(function () { notice.hidden = false; }, 1000 * Number(document.body.getAttribute("data-warn-after"))),
      setTimeout(function () {
        notice.hidden = false;
        words.textContent = words.getAttribute("data-ended");
        stay.hidden = true;
      }, 1000 * Number(document.body.getAttribute("data-end-after")))
    ];
  }

  // Only a person's own press keeps the sign-in awake; the page never does so by itself.
  stay.addEventListener("click", function () {
    fetch(stay.getAttribute("data-stay"), { credentials: "same-origin", redirect: "error" }).then(function (answer) {
      return answer.ok ? answer.text() : Promise.reject();
    }).then(function (page) {
      var body = new DOMParser().parseFromString(page, "text/html").body;
      ["data-warn-after", "data-end-after"].forEach(function (name) {
        document.body.setAttribute(name, body.getAttribute(name));
      });
      count();
    }).catch(function () {
      words.textContent = words.getAttribute("data-ended");
      stay.hidden = true;
    });
  });
  count();
})();
