/* Only makes things easier; every page works without it. ES2015. */
(function () {
  "use strict";
  var root = document.documentElement;

  // The size switch: change at once, keep what is typed.
  document.querySelectorAll("[data-size-step]").forEach(function (link) {
    link.addEventListener("click", function (event) {
      event.preventDefault();
      var step = link.getAttribute("data-size-step");
      root.setAttribute("data-size", step);
      document.cookie = "huimin_size=" + step + ";path=/;max-age=31536000;samesite=lax" +
        (location.protocol === "https:" ? ";secure" : "");
      document.querySelectorAll("[data-size-step]").forEach(function (other) {
        if (other === link) { other.setAttribute("aria-current", "true"); } else { other.removeAttribute("aria-current"); }
      });
    });
  });

  // Listening: shown only where a recording exists or the browser has a voice for this language.
  var button = document.querySelector(".listen");
  if (button) { prepareListening(button); }

  function prepareListening(button) {
    var words = button.querySelector("span");
    var start = words.textContent;
    var recording = button.getAttribute("data-recording");
    var audio = null;
    var playing = false;

    function show(state) {
      playing = state;
      words.textContent = state ? button.getAttribute("data-stop") : start;
    }
    function voice() {
      if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) { return null; }
      var wanted = root.lang.slice(0, 2).toLowerCase();
      return window.speechSynthesis.getVoices().filter(function (one) {
        return one.lang.slice(0, 2).toLowerCase() === wanted;
      })[0] || null;
    }
    function reveal() { if (recording || voice()) { button.hidden = false; } }

    reveal();
    if (!recording && window.speechSynthesis && window.speechSynthesis.addEventListener) {
      window.speechSynthesis.addEventListener("voiceschanged", reveal);
    }
    button.addEventListener("click", function () {
      if (playing) {
        if (audio) { audio.pause(); audio.currentTime = 0; } else { window.speechSynthesis.cancel(); }
        show(false);
        return;
      }
      show(true);
      if (recording) {
        audio = audio || new Audio(recording);
        audio.onended = audio.onerror = function () { show(false); };
        audio.play().catch(function () { show(false); });
        return;
      }
      var speech = new SpeechSynthesisUtterance(document.getElementById("content").innerText);
      speech.voice = voice();
      speech.lang = root.lang;
      speech.rate = 0.85;
      speech.onend = speech.onerror = function () { show(false); };
      window.speechSynthesis.speak(speech);
    });
    window.addEventListener("pagehide", function () { if (window.speechSynthesis) { window.speechSynthesis.cancel(); } });
  }

  // A refused form: bring the reader to the list of what to change.
  var summary = document.querySelector(".summary");
  if (summary) { summary.focus(); }

  // Back in a list: the group that was left is open again.
  var place = location.hash && document.getElementById(location.hash.slice(1));
  var group = place && place.closest("details");
  if (group) { group.open = true; group.scrollIntoView(); }

  // A second tap on the same button sends nothing new.
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    var sent = false;
    form.addEventListener("submit", function (event) {
      if (sent) { event.preventDefault(); }
      sent = true;
    });
    window.addEventListener("pageshow", function () { sent = false; });
  });
})();
