// SPDX-License-Identifier: EUPL-1.2
// Small comforts; every page works without them.
"use strict";

// The quick exit: our page does not stay in the history of this tab.
for (const link of document.querySelectorAll("[data-leave]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.body.hidden = true;
    location.replace(link.href);
  });
}

// Browsers that do not know autofocus on this element: the error summary gets the focus.
const summary = document.querySelector("[data-focus]");
if (summary && document.activeElement !== summary) {
  summary.focus();
}

// Whoever presses a button twice sends once.
for (const form of document.querySelectorAll("form[method=post]")) {
  let sentAt = -Infinity;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < 1000) {
      event.preventDefault();
    }
    sentAt = event.timeStamp;
  });
}
