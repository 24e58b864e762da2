package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"streamvault/shard/tenant"
)

func uploadRoutes() []Route {
	return []Route{
		onUpload(Route{Method: http.MethodPost, Path: "/{channel}/api/upload/{username}", Who: Viewer, MaxBody: tenant.MaxUploadBytes + 64<<10,
			Summary: "Makes a picture of up to 2 MiB, 8192 pixels a side and 24 million in all a viewer's own: the body itself, or the field image of a form", sends: pictureBodies}),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/uploads/{id}", Who: Anyone,
			Summary: "A picture", content: []string{"image/png", "image/jpeg", "image/gif", "image/webp"}}, getUpload),
	}
}

// pictures are what an upload may be, by what its bytes say.
var pictures = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

var (
	picture       = doc{"type": "string", "format": "binary", "maxLength": tenant.MaxUploadBytes}
	pictureBodies = map[string]doc{
		"image/png": picture, "image/jpeg": picture, "image/gif": picture, "image/webp": picture,
		"multipart/form-data": {"type": "object", "required": []string{"image"}, "properties": doc{"image": picture}},
	}
)

type uploaded struct {
	Success  bool   `json:"success"`
	ImageURL string `json:"imageUrl"`
}

// onUpload makes the route whose body is not JSON.
func onUpload(r Route) Route {
	r = declare[newViewerName, uploaded](r)
	r.run = func(c *call) error {
		var in newViewerName
		if err := c.bind(&in); err != nil {
			return err
		}
		body, err := c.picture()
		if err != nil {
			return err
		}
		kind, err := look(body)
		if err != nil {
			return err
		}
		address := func(id tenant.UploadID) string { return fmt.Sprintf("/%s/api/uploads/%d", c.streamer.Username, id) }
		made, err := c.server.ds.Tenant(c.streamer.ID).SaveUpload(c.ctx, in.Username, kind, body, address)
		if err != nil {
			return err
		}
		return c.answer(uploaded{true, address(made.ID)})
	}
	return r
}

// picture reads the body, or the one field of a form.
func (c *call) picture() ([]byte, error) {
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	body, err := c.readAll()
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return body, err
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, &tenant.InvalidError{Field: "image", Problem: "is not in the form"}
		}
		if part.FormName() == "image" || part.FormName() == "file" {
			image, err := io.ReadAll(part)
			if err != nil {
				return nil, &tenant.InvalidError{Field: "body", Problem: "is no proper form"}
			}
			return image, nil
		}
	}
}

// blob is an answer that is not JSON. It never changes under its address.
type blob struct {
	contentType string
	body        []byte
}

type uploadID struct {
	ID tenant.UploadID `path:"id" is:"1.."`
}

func getUpload(ctx context.Context, s tenant.UploadStore, in *uploadID) (blob, error) {
	u, err := s.Upload(ctx, in.ID)
	return blob{u.ContentType, u.Body}, err
}
