// What the document says, in words and lines for the page.

let components = {};
export const use = (spec) => { components = spec.components; };
const resolve = (s) => (s && s.$ref ? resolve(s.$ref.split("/").slice(2).reduce((at, name) => at[name], components)) : s || {});

const between = (low, high, unit) => {
	if (low === undefined && high === undefined) return "";
	if (low === high) return low + unit;
	if (high === undefined) return low + " or more" + unit;
	return (low === undefined ? "up to " : low + " to ") + high + unit;
};

// Beyond these no range is meant: they are what 64 bits hold.
const meant = (n) => (Math.abs(n) < 2 ** 63 ? n : undefined);

// kindOf is a schema's type and range in words: integer, 1 to 100.
export const kindOf = (schema) => {
	const s = resolve(schema);
	if (s.anyOf) return s.anyOf.map(kindOf).join(" or ");
	const kind = [s.type || "any"].flat().join(" or ");
	return [
		s.enum ? s.enum.join(" | ") : kind + (s.type === "array" && s.items ? " of " + kindOf(s.items) : ""),
		s.format && !s.format.startsWith("int") ? s.format : "",
		between(meant(s.minimum), meant(s.maximum), ""),
		s.format === "binary" ? between(undefined, s.maxLength, " bytes") : between(s.minLength || undefined, s.maxLength, " characters"),
		between(s.minItems || undefined, s.maxItems, " items"),
		s.not && s.not.const !== undefined ? "not " + s.not.const : "",
		s.default !== undefined ? "default " + s.default : "",
	].filter(Boolean).join(", ");
};

// fields lists a schema's own, those of a list's items instead of the list.
export const fields = (schema) => {
	const s = resolve(schema);
	const list = s.type === "array" ? s.items : s.properties && s.properties.items && s.properties.items.items;
	const of = list ? resolve(list) : s;
	return Object.entries(of.properties || {}).map(([name, one]) => ({
		name, kind: kindOf(one), text: one.description || resolve(one).description, needed: (of.required || []).includes(name) && of.additionalProperties === false }));
};

export const bodyOf = (o) => {
	const all = o.requestBody ? Object.entries(o.requestBody.content) : [];
	return all.length ? { kind: all[0][0], media: all[0][1] } : null;
};

export const goodOf = (o) => {
	const [status, r] = Object.entries(o.responses).find(([one]) => one < "300");
	const kinds = Object.keys(r.content || {});
	return { status, text: r.description, kinds, media: r.content && r.content[kinds[0]] };
};

export const refusals = (o) => Object.entries(o.responses).filter(([status]) => status >= "300").map(([status, one]) => {
	const r = resolve(one), problem = r.content && r.content["application/problem+json"];
	return { status, text: r.description, code: problem && problem.example ? problem.example.code : "" };
});

const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

// sent is the body as curl takes it.
const sent = ({ kind, media }) => {
	if (media.example !== undefined) return ["-H 'Content-Type: " + kind + "'", "-d " + quoted(JSON.stringify(media.example))];
	return ["-H 'Content-Type: " + kind + "'", "--data-binary @" + (kind.startsWith("image/") ? "picture.png" : "FILE")];
};

// curl is the whole call as a shell takes it, with the document's examples.
export const curl = (origin, method, path, o) => {
	const needed = (o.parameters || []).filter((p) => p.required);
	const at = needed.filter((p) => p.in === "path").reduce((all, p) => all.replace("{" + p.name + "}", encodeURIComponent(p.example)), path);
	const query = needed.filter((p) => p.in === "query").map((p) => p.name + "=" + encodeURIComponent(p.example));
	const body = bodyOf(o);
	return [
		"curl " + (method === "get" ? "" : "-X " + method.toUpperCase() + " ") + quoted(origin + at + (query.length ? "?" + query.join("&") : "")),
		...(o.security.length ? ["-H \"Authorization: Bearer $KEY\""] : []),
		...needed.filter((p) => p.in === "header").map((p) => "-H " + quoted(p.name + ": " + p.example)),
		...(body ? sent(body) : []),
	].join(" \\\n  ");
};
