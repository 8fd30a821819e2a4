// In the language of 2009: says so where the page's script did not start, be it for modules, syntax or a lost connection.
// Bounded by time too, as a script that never answers holds up no load event in some browsers.
(() => {
  var said = false;
  function say() {
    if (said || document.documentElement.getAttribute("data-started")) return;
    said = true;
    document.getElementById("unsupported").removeAttribute("hidden");
  }
  if (window.addEventListener) window.addEventListener("load", say);
  else window.attachEvent("onload", say);
})();
