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

// Whoever presses a button twice sends once, also where the answer takes its time. What was typed
// is not sent into a network that is gone: the page that would come then has lost it.
const main = document.querySelector("[data-offline]");
const gone = document.createElement("p");
gone.className = "rk-offline";
gone.tabIndex = -1;
for (const form of document.querySelectorAll("form[method=post]")) {
  let sentAt = -Infinity;
  let sent = "";
  form.addEventListener("submit", (event) => {
    gone.remove();
    if (main && !navigator.onLine) {
      event.preventDefault();
      gone.textContent = main.dataset.offline;
      main.prepend(gone);
      gone.focus();
      return;
    }
    const now = fieldsOf(form, event.submitter);
    if (event.timeStamp - sentAt < (now === sent ? 10000 : 1000)) {
      event.preventDefault();
      return;
    }
    sentAt = event.timeStamp;
    sent = now;
  });
}

function fieldsOf(form, submitter) {
  const told = [...new FormData(form)].map(([name, value]) => [name, value.name ?? value]);
  return JSON.stringify([told, submitter?.name, submitter?.value, submitter?.formAction]);
}
