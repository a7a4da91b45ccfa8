/* Compares a file with the hash on the page; the file never leaves this machine. ES2015. */
(function () {
  "use strict";
  var place = document.querySelector("[data-verify]");
  var wanted = document.querySelector("[data-record-sha256]");
  if (!place || !wanted || !window.FileReader) { return; }
  var result = place.querySelector("[data-verify-result]");
  place.hidden = false;

  function say(name) { result.textContent = result.getAttribute("data-" + name); }
  function hex(buffer) {
    return Array.prototype.map.call(new Uint8Array(buffer), function (one) {
      return ("0" + one.toString(16)).slice(-2);
    }).join("");
  }
  place.querySelector("input[type=file]").addEventListener("change", function (event) {
    var file = event.target.files[0];
    result.textContent = "";
    if (!file) { return; }
    if (!window.crypto || !window.crypto.subtle) { say("cannot"); return; }
    var reader = new FileReader();
    reader.onerror = function () { say("cannot"); };
    reader.onload = function () {
      var start = new Uint8Array(reader.result.slice(0, 5));
      if (String.fromCharCode.apply(null, start) === "%PDF-") { say("pdf"); return; }
      window.crypto.subtle.digest("SHA-256", reader.result).then(function (digest) {
        say(hex(digest) === wanted.getAttribute("data-record-sha256") ? "same" : "other");
      }, function () { say("cannot"); });
    };
    reader.readAsArrayBuffer(file);
  });
})();
