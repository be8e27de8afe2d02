// The viewer of the OpenAPI document; beside its page, because pages run no inline script.
window.SwaggerUIBundle({ url: "/schema/openapi.json", dom_id: "#viewer", deepLinking: true, validatorUrl: null });
