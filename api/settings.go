package api

import (
	"context"
	"net/http"
	"reflect"

	"streamvault/shard/tenant"
)

func settingRoutes() []Route {
	const admin = "/{channel}/api/admin/"
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/overlay/settings", Who: Overlay, ETag: true,
			Summary: "The settings by key, without secrets", shape: reflect.TypeFor[map[string]string]()}, overlaySettings),
		onTenant(Route{Method: http.MethodGet, Path: admin + "settings", Who: Owner, ETag: true,
			Summary: "The settings with their descriptions, by key"}, listSettings),
		onTenant(Route{Method: http.MethodPut, Path: admin + "settings", Who: Owner, MaxBody: 2 * configBody, guard: guardSettings,
			Summary: "Makes or changes a setting"}, setSetting),
		onTenant(Route{Method: http.MethodDelete, Path: admin + "settings/{key}", Who: Owner, guard: guardSettings,
			Summary: "Removes a setting"}, deleteSetting),
		onTenant(Route{Method: http.MethodGet, Path: admin + "theme", Who: Owner, ETag: true,
			Summary: "Colours and names of the channel's pages", shape: reflect.TypeFor[object]()}, shownTheme),
		onTenant(Route{Method: http.MethodPut, Path: admin + "theme", Who: Owner, MaxBody: configBody, guard: guardTheme,
			Summary: "Replaces the theme"}, setTheme),
	}
}

func overlaySettings(ctx context.Context, s tenant.SettingStore, _ *None) (object, error) {
	all, err := s.Settings(ctx)
	if err != nil {
		return nil, err
	}
	o := object{}
	for _, setting := range all {
		if !tenant.SecretSetting(setting.Key) {
			o = append(o, pair{setting.Key, setting.Value})
		}
	}
	return o, nil
}

// setting names and orders its fields as the old app did.
type setting struct {
	Key         string  `json:"key"`
	Value       string  `json:"value"`
	Description *string `json:"description"`
	UpdatedAt   Time    `json:"updated_at"`
}

func listSettings(ctx context.Context, s tenant.SettingStore, _ *None) ([]setting, error) {
	all, err := s.Settings(ctx)
	if err != nil {
		return nil, err
	}
	shown := make([]setting, 0, len(all))
	for _, a := range all {
		shown = append(shown, setting{a.Key, a.Value, a.Description, Time{a.UpdatedAt}})
	}
	return shown, nil
}

type newSetting struct {
	Body struct {
		Key   string `json:"key" is:"1-100"`
		Value string `json:"value" is:"0-65536"` // the theme's, the layout's and the drop game's is a JSON object
	}
}

func setSetting(ctx context.Context, s tenant.SettingStore, in *newSetting) (success, error) {
	return succeeded(s.SetSetting(ctx, in.Body.Key, in.Body.Value))
}

type settingKey struct {
	Key string `path:"key"`
}

func deleteSetting(ctx context.Context, s tenant.SettingStore, in *settingKey) (success, error) {
	return succeeded(s.DeleteSetting(ctx, in.Key))
}

func setTheme(ctx context.Context, s tenant.ThemeStore, in *config) (success, error) {
	return succeeded(s.SetTheme(ctx, in.Body))
}
