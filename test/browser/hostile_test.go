package browser

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/program"
)

// hostile are texts that somebody may have for a name, a tip or a message.
var hostile = []string{
	`<script>hacked=1</script>`, `<img src=x onerror=hacked=1>`, `"><svg onload=hacked=1>`, `'-hacked=1-'`, `javascript:hacked=1`,
	`</textarea><script>hacked=1</script>`, `</title><body onload=hacked=1>`, `<a href="javascript:hacked=1">free points</a>`, `<iframe srcdoc="<script>parent.hacked=1</script>">`,
	`${hacked=1}`, `{{hacked=1}}`, `#{hacked=1}`, `<%= hacked=1 %>`, "`;hacked=1;`", `%3Cscript%3Ehacked=1%3C/script%3E`, `&lt;script&gt;hacked=1&lt;/script&gt;`,
	`red;background:url(//evil.invalid/x)`, `}body{display:none}`, `/*`, `\3c script\3e`, `__proto__`, `constructor`, `toString`, `hasOwnProperty`, `null`, `undefined`, `NaN`,
	"\u202eevil\u202c.exe", "\u2066a\u2067b\u2069", "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324a\u0334\u0335\u031e\u0349\u035a\u032f\u031e\u0320\u034dl\u0489\u031b\u0349\u0359go",
	"👩‍👩‍👧‍👦🏳️‍🌈👍🏽", "a\u200bb\u200cc\ufeffd", "line\u2028separator", "tab\there", "e\u0301 é", "ﷺ", "﷽", "NUL-ish\u0001\u001b[31m", "ＦＵＬＬ　ＷＩＤＴＨ",
	strings.Repeat("W", 300), strings.Repeat("m ", 100), strings.Repeat("\u0e49", 80), "<![CDATA[hacked=1]]>", "<!--", "-->", `{"type":"snapshot"}`, `https://evil.invalid/`, ` leading and trailing `,
}

// must sends JSON that has to be taken, or says that it was refused with 400.
func must(s *program.Server, method, path string, body any) bool {
	s.Helper()
	text, err := json.Marshal(body)
	require.NoError(s, err)
	r := s.Must(method, path, s.Hello.Demo.OwnerKey, string(text))
	require.True(s, r.Status < 300 || r.Status == 400, "%s %s %s: %d %s", method, path, text, r.Status, r.Body)
	return r.Status < 300
}

// infest puts the corpus everywhere that a page shows it from: it returns the names that are kept.
func infest(s *program.Server) (names []string) {
	s.Helper()
	for i, text := range hostile {
		if must(s, "POST", "/demo/api/points/"+url.PathEscape(text), map[string]any{"amount": 1_000_000 + i, "source": "chat", "description": text}) {
			names = append(names, text)
		}
		must(s, "POST", "/demo/api/admin/tips", map[string]any{"content": text})
		must(s, "POST", "/demo/api/admin/goals", map[string]any{"id": fmt.Sprint("g", i), "label": text, "current": 1, "target": 3})
		must(s, "PUT", fmt.Sprint("/demo/api/admin/powerups/p", i), map[string]any{"name": text, "description": text, "cost": 1 + i, "emoji": text, "effect": text})
		must(s, "PUT", "/demo/api/admin/settings", map[string]any{"key": fmt.Sprint("hostile_", i), "value": text})
		must(s, "POST", "/demo/api/overlay/layouts", map[string]any{"name": text, "layout": map[string]any{}})
	}
	return names
}

// unharmed fails when any of the corpus has become more than text.
func (p *tab) unharmed() {
	p.Helper()
	var found struct {
		Hacked   bool
		Elements []string
	}
	p.eval(`({hacked: typeof hacked !== 'undefined', elements: [...document.querySelectorAll('#page script, #page iframe, #page a[href^="javascript:"], #page object, #page embed, #page style, #page [onerror], #page [onload]')].map(e => e.outerHTML)})`, &found)
	require.False(p, found.Hacked, "a script of the corpus has run")
	require.Empty(p, found.Elements)
}

func TestTheOverlayShowsHostileTextsAsTexts(t *testing.T) {
	t.Parallel()
	s := demo(t)
	names := infest(s)
	require.Greater(t, len(names), 30)
	layout := map[string]any{"width": 1920, "height": 1080, "grid": map[string]any{"rows": 12, "columns": 12, "gap": 4, "padding": 4}, "components": []any{
		area("leaderboard", 0, 0, 12, 4, `<img src=x onerror=hacked=1>`), area("goals", 0, 4, 6, 4, hostile[0]), area("powerups", 6, 4, 6, 4, ""),
		area("tips", 0, 8, 3, 4, hostile[2]), area("chat", 3, 8, 6, 4, ""), area("events", 9, 8, 3, 4, ""),
		area(`"><script>hacked=1</script>`, 0, 0, 1, 1, ""), map[string]any{"type": 7, "gridPosition": "x"}, nil, "junk", map[string]any{"type": "image", "settings": map[string]any{"url": "javascript:hacked=1"}},
		map[string]any{"type": "image", "settings": map[string]any{"url": "http://evil.invalid/x.png"}}, map[string]any{"type": "constructor"}, map[string]any{"type": "__proto__"},
	}}
	must(s, "PUT", "/demo/api/admin/overlay/layout", layout)
	p := overlay(t, s, "")
	p.until(`document.querySelectorAll('.st-rank').length > 10 && document.querySelectorAll('.st-goal').length > 3`)
	for i, text := range hostile {
		must(s, "POST", "/demo/api/events/test", map[string]any{"type": "gift", "username": text[:min(len(text), 90)], "details": text})
		if i%10 == 0 {
			p.until(`document.querySelectorAll('.st-alert').length === 1`)
		}
	}
	var shown []string
	p.eval(`[...document.querySelectorAll('.st-rank .st-name')].map(e => e.textContent)`, &shown)
	for _, name := range shown {
		require.Contains(t, names, name, "a name is shown as it is")
	}
	p.unharmed()
	p.glance("overlay-hostile")

	p.visit(s.URL + "/demo/overlay/" + url.PathEscape(`<script>hacked=1</script>`) + "?key=" + s.Hello.Demo.OverlayKey)
	p.until(`document.readyState === 'complete'`)
	p.unharmed()
}

func area(kind string, row, column, rows, columns int, title string) map[string]any {
	a := map[string]any{"id": fmt.Sprint(kind, row, column), "type": kind, "gridPosition": map[string]any{"row": row, "column": column, "rowSpan": rows, "colSpan": columns}}
	if title != "" {
		a["settings"] = map[string]any{"title": title}
	}
	return a
}

// A theme is data too: what is no colour, length or font does not become a style.
func TestAThemeCannotInjectStyles(t *testing.T) {
	t.Parallel()
	s := demo(t)
	evil := `red;background:url(https://evil.invalid/x)`
	mode := map[string]any{"card": `url(https://evil.invalid/card)`, "cardForeground": `expression(hacked=1)`, "border": `var(--st-brand)`, "muted": `image-set("https://evil.invalid/x" 1x)`, "mutedForeground": 7}
	must(s, "PUT", "/demo/api/admin/theme", map[string]any{"brandColor": evil, "brandColorForeground": `}</style><script>hacked=1</script>`, "darkMode": mode, "lightMode": "x",
		"borderRadius": `0;} body{display:none`, "chromaKeyColor": `#zzz`, "fontFamily": `x;} @import "https://evil.invalid"`, "headingFontFamily": `url(x)`})
	p := overlay(t, s, "")
	p.see("NightOwl")
	var got map[string]string
	const read = `(() => { const s = document.querySelector('.st-stage').style; return Object.fromEntries([...s].filter(n => n.startsWith('--')).map(n => [n, s.getPropertyValue(n)])) })()`
	p.eval(read, &got)
	require.Equal(t, map[string]string{"--st-brand": "#53fc18", "--st-on-brand": "#0b0e0f", "--st-card": "#15191c", "--st-text": "#f4f6f7", "--st-muted": "#232a2f", "--st-soft": "#93a1ab", "--st-border": "#2c353b",
		"--st-chroma": "#ff00ff", "--st-radius": "0.5rem", "--st-font": "Inter, system-ui, sans-serif", "--st-heading": "Inter, system-ui, sans-serif"}, got)
	p.unharmed()

	must(s, "PUT", "/demo/api/admin/theme", map[string]any{"brandColor": "hsl(280 80% 60%)", "brandColorForeground": "white", "borderRadius": "12px", "chromaKeyColor": "#0f0", "fontFamily": `"Comic Sans MS", cursive`,
		"mode": "light", "lightMode": map[string]any{"card": "#ffffff", "cardForeground": "rgb(10, 20, 30)"}})
	p.until(`document.querySelector('.st-stage').style.getPropertyValue('--st-brand') === 'hsl(280 80% 60%)'`)
	p.eval(read, &got)
	require.Equal(t, "rgb(10, 20, 30)", got["--st-text"])
	require.Equal(t, "12px", got["--st-radius"])
	require.Equal(t, `"Comic Sans MS", cursive`, got["--st-font"])
	p.glance("overlay-themed")
}
