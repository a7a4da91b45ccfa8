/* The staff side: time that runs out, and keys instead of the mouse. Every page works without it. ES2015. */
(function () {
  "use strict";
  countDown(document.querySelector("[data-expiring]"));
  document.querySelectorAll("[data-hides-after]").forEach(hide);
  listen(document.querySelector("[data-keys]"));

  function countDown(notice) {
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
  }

  // A full number does not stay on a screen that somebody has walked away from.
  function hide(shown) {
    setTimeout(function () {
      shown.textContent = shown.getAttribute("data-hidden-words");
    }, 1000 * Number(shown.getAttribute("data-hides-after")));
  }

  function listen(help) {
    if (!help) { return; }
    var turn = help.querySelector("[data-keys-switch]");
    var after = "";

    function isOff() { return /(^|; )huimin_keys=off/.test(document.cookie); }
    function say() { turn.textContent = turn.getAttribute(isOff() ? "data-on" : "data-off"); }
    function rows() {
      return Array.prototype.slice.call(document.querySelectorAll("main .task, main .cell, main tbody tr > :first-child a"));
    }
    function step(by) {
      var all = rows();
      var here = all.indexOf(document.activeElement);
      var next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by];
      if (next) { next.focus(); }
    }
    function focus(target) { if (target) { target.focus(); } }

    var does = {
      "/": function () { focus(document.querySelector("main .filters input")); },
      j: function () { step(1); },
      k: function () { step(-1); },
      o: function () { if (rows().indexOf(document.activeElement) >= 0) { document.activeElement.click(); } },
      // The key only leads there: pressing the button stays an act of its own.
      e: function () { focus(document.querySelector("main .button-primary") || document.querySelector("main .button")); },
      gq: function () { location.href = document.querySelector(".brand").href; },
      "?": function () { help.open = true; focus(help.querySelector("summary")); }
    };

    document.addEventListener("keydown", function (event) {
      var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isOff()) { return; }
      var pressed = after + event.key;
      after = event.key === "g" ? "g" : "";
      if (Object.prototype.hasOwnProperty.call(does, pressed)) { event.preventDefault(); does[pressed](); }
    });
    turn.addEventListener("click", function () {
      document.cookie = "huimin_keys=" + (isOff() ? "on" : "off") + ";path=/;max-age=31536000;samesite=strict" +
        (location.protocol === "https:" ? ";secure" : "");
      say();
    });
    say();
    help.hidden = false;
  }
})();
