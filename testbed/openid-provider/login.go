package main

import (
	"context"
	"html/template"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/op"
)

var page = template.Must(template.New("login").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Log in</title></head><body>
<h1>Log in</h1>
{{with .Problem}}<p role="alert">{{.}}</p>{{end}}
<form method="post" action="/login">
<input type="hidden" name="request" value="{{.Request}}">
<label>Name <input name="name" autocomplete="username" autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Log in</button>
</form></body></html>
`))

// login is the page between the client's request and the way back to it. Programs may post the form without having seen it.
type login struct {
	storage  *storage
	callback func(context.Context, string) string
	issuer   string
}

func (l *login) show(w http.ResponseWriter, r *http.Request) {
	l.write(w, http.StatusOK, r.FormValue("request"), "")
}

func (l *login) check(w http.ResponseWriter, r *http.Request) {
	request := r.FormValue("request")
	if err := l.storage.logIn(request, r.FormValue("name"), r.FormValue("password")); err != nil {
		l.write(w, http.StatusForbidden, request, err.Error())
		return
	}
	http.Redirect(w, r, l.callback(op.ContextWithIssuer(r.Context(), l.issuer), request), http.StatusFound)
}

func (l *login) write(w http.ResponseWriter, status int, request, problem string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// A reader who has gone away misses nothing.
	_ = page.Execute(w, map[string]string{"Request": request, "Problem": problem})
}
