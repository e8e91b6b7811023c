package main

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// admin is for tests: it changes users, and gives out genuine ID tokens without a browser.
type admin struct {
	storage *storage
	issuer  string
	token   string
}

func (a *admin) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+a.token)) != 1 {
			http.Error(w, "the administration needs its own token", http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

func (a *admin) putUser(w http.ResponseWriter, r *http.Request) {
	var user user
	if err := json.NewDecoder(r.Body).Decode(&user); err != nil || user.Name == "" {
		http.Error(w, "a user needs a name", http.StatusBadRequest)
		return
	}
	a.storage.putUser(user)
	w.WriteHeader(http.StatusNoContent)
}

// idToken signs as every other token of this issuer is signed. Lifetimes are in seconds, negative for one that has expired.
func (a *admin) idToken(w http.ResponseWriter, r *http.Request) {
	asked := struct {
		User     string   `json:"user"`
		Client   string   `json:"client"`
		Scopes   []string `json:"scopes"`
		Lifetime int      `json:"lifetime"`
	}{
		Scopes:   []string{"openid", "profile", "email", "groups"},
		Lifetime: 3600,
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	user, err := a.storage.findUser(func(user user) bool { return user.Name == asked.User })
	if err != nil {
		http.Error(w, "there is no user "+asked.User, http.StatusNotFound)
		return
	}
	client, err := a.storage.client(asked.Client)
	if err != nil {
		http.Error(w, "there is no client "+asked.Client, http.StatusNotFound)
		return
	}
	grant := &grant{
		request: oidc.AuthRequest{ClientID: client.ID},
		scopes:  asked.Scopes,
		subject: user.subject(),
		time:    time.Now(),
	}
	lifetime := time.Duration(asked.Lifetime) * time.Second
	token, err := op.CreateIDToken(r.Context(), a.issuer, grant, lifetime, "", "", a.storage, client)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// A reader who has gone away asks again.
	_ = json.NewEncoder(w).Encode(map[string]string{"id_token": token})
}
