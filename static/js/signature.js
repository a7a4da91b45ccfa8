/* A field to write one's name in with a finger, a pen or a mouse. Without it the name is typed. ES2015. */
(function () {
  "use strict";
  var LONGEST = 110000;
  document.querySelectorAll("[data-signature]").forEach(function (field) {
    var canvas = field.querySelector("canvas");
    var kept = field.closest("form").querySelector("[name=strokes]");
    var pen = canvas.getContext && canvas.getContext("2d");
    if (!pen) { return; }
    var lines = [];
    var current = null;
    try { lines = JSON.parse(kept.value || "[]"); } catch (wrong) { lines = []; }
    if (!Array.isArray(lines)) { lines = []; }
    field.hidden = false;

    function paint() {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.lineWidth = 8;
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = "#1a1a1a";
      lines.forEach(function (line) {
        pen.beginPath();
        pen.moveTo(line[0], line[1]);
        for (var at = 2; at < line.length; at += 2) { pen.lineTo(line[at], line[at + 1]); }
        if (line.length === 2) { pen.lineTo(line[0] + 1, line[1]); }
        pen.stroke();
      });
    }
    function keep() {
      var text = JSON.stringify(lines);
      if (text.length <= LONGEST) { kept.value = lines.length ? text : ""; }
    }
    function place(event) {
      var box = canvas.getBoundingClientRect();
      var touch = event.touches ? event.touches[0] : event;
      var x = Math.round((touch.clientX - box.left) * canvas.width / box.width);
      var y = Math.round((touch.clientY - box.top) * canvas.height / box.height);
      return [Math.max(0, Math.min(canvas.width, x)), Math.max(0, Math.min(canvas.height, y))];
    }
    function start(event) {
      event.preventDefault();
      if (kept.value.length > LONGEST - 2000) { return; }
      current = place(event);
      lines.push(current);
      paint();
    }
    function move(event) {
      if (!current) { return; }
      event.preventDefault();
      var next = place(event);
      if (Math.abs(next[0] - current[current.length - 2]) + Math.abs(next[1] - current[current.length - 1]) < 4) { return; }
      current.push(next[0], next[1]);
      paint();
    }
    function end() {
      if (!current) { return; }
      current = null;
      keep();
    }

    if (window.PointerEvent) {
      canvas.addEventListener("pointerdown", function (event) {
        if (canvas.setPointerCapture) { canvas.setPointerCapture(event.pointerId); }
        start(event);
      });
      canvas.addEventListener("pointermove", move);
      canvas.addEventListener("pointerup", end);
      canvas.addEventListener("pointercancel", end);
    } else {
      canvas.addEventListener("touchstart", start);
      canvas.addEventListener("touchmove", move);
      canvas.addEventListener("touchend", end);
      canvas.addEventListener("mousedown", start);
      canvas.addEventListener("mousemove", move);
      window.addEventListener("mouseup", end);
    }
    field.querySelector("[data-signature-clear]").addEventListener("click", function () {
      lines = [];
      current = null;
      keep();
      paint();
    });
    paint();
  });
})();
