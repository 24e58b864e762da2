import { html, render, ThemeSwitch } from '/assets/core.js';

render(html`<${ThemeSwitch} />`, document.getElementById('theme'));

const make = (name, attributes, ...inside) => {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) e.setAttribute(key, value);
	for (const one of inside.flat()) if (one !== null && one !== undefined) e.append(one);
	return e;
};

let components = {};
const resolve = (s) => (s && s.$ref ? resolve(s.$ref.split("/").slice(2).reduce((at, name) => at[name], components)) : s || {});

// sketch is a value of a schema's shape, for reading.
const sketch = (schema, depth = 0) => {
	const s = resolve(schema);
	if (depth > 5) return "...";
	if (s.anyOf) return sketch(s.anyOf[0], depth + 1);
	if (s.enum) return s.enum[0];
	const kind = Array.isArray(s.type) ? s.type[0] : s.type;
	if (kind === "object") {
		const out = {};
		for (const [name, one] of Object.entries(s.properties || {})) out[name] = sketch(one, depth + 1);
		return out;
	}
	if (kind === "array") return [sketch(s.items, depth + 1)];
	if (kind === "integer" || kind === "number") return 0;
	if (kind === "boolean") return true;
	if (s.format === "date-time") return "2026-01-31T12:00:00Z";
	return kind === "string" ? "..." : {};
};

// fields lists what has something to say about itself.
const fields = (schema) => {
	const s = resolve(schema);
	const of = s.properties && s.properties.items ? resolve(s.properties.items.items) : s.type === "array" ? resolve(s.items) : s;
	return Object.entries(of.properties || {}).filter(([, one]) => one.description).map(([name, one]) => row(name, one.description));
};
const row = (name, text) => make("tr", {}, make("td", {}, name), make("td", {}, text || ""));
const list = (title, rows) => (rows.length ? [make("h3", {}, title), make("table", {}, make("tbody", {}, rows))] : []);
const shape = (title, schema) => (schema ? [make("h3", {}, title), make("pre", {}, JSON.stringify(sketch(schema), null, 2)), ...list("Fields", fields(schema))] : []);

const curl = (method, path, o, body) => {
	let line = "curl '" + location.origin + path + "'";
	if (method !== "get") line += " -X " + method.toUpperCase();
	if (o.security) line += " -H 'Authorization: Bearer '\"$KEY\"";
	if (body) line += " -d '" + JSON.stringify(sketch(body)) + "'";
	return line;
};

const route = (path, method, o) => {
	const body = o.requestBody && Object.values(o.requestBody.content)[0].schema;
	const good = Object.entries(o.responses).find(([status]) => status < "300");
	const answer = good && good[1].content && Object.values(good[1].content)[0].schema;
	const line = curl(method, path, o, body);
	const copy = make("button", { type: "button", class: "button small" }, "Copy");
	copy.addEventListener("click", () => navigator.clipboard.writeText(line).then(() => { copy.textContent = "Copied"; }));
	const refusals = Object.entries(o.responses).filter(([status]) => status >= "300").map(([status, r]) => row(status, resolve(r).description));
	const parameters = (o.parameters || []).map((p) => row(p.name + (p.required ? "" : "?"), [p.in, p.description].filter(Boolean).join(": ")));
	return make("details", { id: o.operationId },
		make("summary", {}, make("span", { class: "method " + method }, method.toUpperCase()), make("span", { class: "path" }, path),
			make("span", { class: "what" }, o.summary), make("span", { class: "who" }, o["x-who"])),
		make("div", { class: "body" }, ...list("Parameters", parameters), ...shape("Body", body),
			...shape("Answer " + (good ? good[0] : ""), answer), ...list("Refusals", refusals), make("h3", {}, "Try"), make("pre", {}, line), copy));
};

const show = (spec) => {
	components = spec.components;
	document.getElementById("about").textContent = spec.info.description;
	const areas = new Map();
	for (const [path, methods] of Object.entries(spec.paths))
		for (const [method, o] of Object.entries(methods)) {
			if (path.startsWith("/assets/")) continue;
			if (!areas.has(o.tags[0])) areas.set(o.tags[0], []);
			areas.get(o.tags[0]).push({ text: [method, path, o.summary, o["x-who"]].join(" ").toLowerCase(), element: route(path, method, o) });
		}
	const main = document.getElementById("routes"), tags = document.getElementById("tags");
	main.replaceChildren();
	main.removeAttribute("aria-busy");
	for (const name of [...areas.keys()].sort()) {
		const id = "area-" + name.replace(/\W+/g, "-");
		tags.append(make("a", { href: "#" + id }, make("span", {}, name)));
		main.append(make("section", { id }, make("h2", {}, name), areas.get(name).map((one) => one.element)));
	}
	document.getElementById("find").addEventListener("input", (event) => {
		const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
		for (const section of main.children) section.hidden = true;
		for (const all of areas.values())
			for (const { text, element } of all) {
				element.hidden = !words.every((word) => text.includes(word));
				if (!element.hidden) element.parentElement.hidden = false;
			}
	});
};

fetch("/openapi.json").then((r) => r.json()).then(show, () => {
	const routes = document.getElementById("routes");
	routes.removeAttribute("aria-busy");
	routes.textContent = "The document cannot be had at the moment; reload the page.";
});
