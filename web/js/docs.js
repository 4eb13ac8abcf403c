// The API page: Swagger UI over this server's own document.

const api = /** @type {HTMLElement} */ (document.getElementById("api"));

// swagger-ui-bundle.js is a classic script that leaves its one name on the window.
/** @type {any} */ (window).SwaggerUIBundle({
  domNode: api,
  url: api.dataset.document,
  deepLinking: true,
  // Swagger's validator badge asks a server on the Internet.
  validatorUrl: null,
});
