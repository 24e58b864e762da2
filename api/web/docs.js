import { html, render, ThemeSwitch } from '/assets/core.js';
import { bodyOf, curl, fields, goodOf, kindOf, refusals, use } from '/assets/docs-read.js';

render(html`<${ThemeSwitch} />`, document.getElementById('theme'));

const make = (name, attributes, ...inside) => {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) e.setAttribute(key, value);
	for (const one of inside.flat()) if (one !== null && one !== undefined) e.append(one);
	return e;
};

// A field is a name, what it may be, and what it means.
const term = (f) => make("li", {}, make("code", {}, f.name), f.needed ? make("span", { class: "needed" }, "required") : null,
	make("span", { class: "kind" }, f.kind), f.text ? make("p", {}, f.text) : null);
const terms = (title, all) => (all.length ? [make("h3", {}, title), make("ul", {}, all.map(term))] : []);

const errors = (o) => [make("h3", {}, "Errors"), make("table", {}, make("tbody", {}, refusals(o).map((r) =>
	make("tr", {}, make("td", {}, r.status), make("td", {}, r.code ? make("code", {}, r.code) : "", " ", r.text)))))];

// sample is text to copy, under what it is.
const sample = (title, text) => {
	const copy = make("button", { type: "button", class: "button small", "aria-label": "Copy: " + title }, "Copy");
	copy.addEventListener("click", () => navigator.clipboard.writeText(text).then(() => { copy.textContent = "Copied"; }));
	return make("figure", {}, make("figcaption", {}, make("span", {}, title), copy), make("pre", { tabindex: "0" }, text));
};

const answer = (o) => {
	const { status, text, kinds, media } = goodOf(o);
	if (media && media.example !== undefined) return sample("Answer " + status, JSON.stringify(media.example, null, 2));
	return [make("h3", {}, "Answer " + status), make("p", { class: "soft" }, [text, kinds.join(", ")].filter(Boolean).join(": "))];
};

const inside = (path, method, o) => {
	const body = bodyOf(o), { media } = goodOf(o);
	const parameters = (o.parameters || []).map((p) => ({ name: p.name, needed: p.required, kind: p.in + ", " + kindOf(p.schema), text: p.description }));
	return [
		make("div", {}, make("p", { class: "soft" }, o.description), ...terms("Parameters", parameters),
			...terms("Body", body ? fields(body.media.schema) : []), ...terms("Answer", media ? fields(media.schema) : []), ...errors(o)),
		make("div", { class: "samples" }, sample("Request", curl(location.origin, method, path, o)), answer(o))];
};

// A route's inside is made when it is opened first: there are many.
const route = (path, method, o) => {
	const body = make("div", { class: "body" });
	const e = make("details", { id: o.operationId },
		make("summary", {}, make("span", { class: "method " + method }, method.toUpperCase()), make("span", { class: "path" }, path),
			make("span", { class: "what" }, o.summary), make("span", { class: "who" }, o["x-who"])), body);
	e.addEventListener("toggle", () => { if (e.open && !body.firstChild) body.append(...inside(path, method, o)); });
	return e;
};

const openNamed = () => {
	const e = document.getElementById(location.hash.slice(1));
	if (e && e.localName === "details") e.open = true;
	if (e) e.scrollIntoView();
};

const find = (areas, sections) => (event) => {
	const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
	for (const section of sections) section.hidden = true;
	for (const all of areas.values())
		for (const { text, element } of all) {
			element.hidden = !words.every((word) => text.includes(word));
			if (!element.hidden) element.parentElement.hidden = false;
		}
};

const areasOf = (spec) => {
	const areas = new Map();
	for (const [path, methods] of Object.entries(spec.paths))
		for (const [method, o] of Object.entries(methods)) {
			if (path.startsWith("/assets/")) continue;
			if (!areas.has(o.tags[0])) areas.set(o.tags[0], []);
			areas.get(o.tags[0]).push({ text: [method, path, o.summary, o["x-who"]].join(" ").toLowerCase(), element: route(path, method, o) });
		}
	return areas;
};

const show = (spec) => {
	use(spec);
	document.getElementById("about").textContent = spec.info.description;
	const areas = areasOf(spec), tags = document.getElementById("tags"), main = document.getElementById("routes");
	main.replaceChildren();
	main.removeAttribute("aria-busy");
	for (const name of [...areas.keys()].sort()) {
		const id = "area-" + name.replace(/\W+/g, "-");
		tags.append(make("a", { href: "#" + id }, make("span", {}, name)));
		main.append(make("section", { id }, make("h2", {}, name), areas.get(name).map((one) => one.element)));
	}
	document.getElementById("find").addEventListener("input", find(areas, main.children));
	addEventListener("hashchange", openNamed);
	openNamed();
};

fetch("/openapi.json").then((r) => r.json()).then(show, () => {
	const routes = document.getElementById("routes");
	routes.removeAttribute("aria-busy");
	routes.textContent = "The document cannot be had at the moment; reload the page.";
});
