// SPDX-License-Identifier: EUPL-1.2
// Starts the API viewer; in a file of its own because the policy allows no script in the page.
const place = document.getElementById("swagger-ui");
window.ui = SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
