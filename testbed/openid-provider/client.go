package main

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// client is an application that people log in to: public with PKCE, or confidential when it has a secret.
type client struct {
	ID        string   `json:"id"`
	Secret    string   `json:"secret"`
	Redirects []string `json:"redirectUris"`
}

var _ op.Client = &client{}

func (c *client) GetID() string                       { return c.ID }
func (c *client) PostLogoutRedirectURIs() []string    { return nil }
func (c *client) LoginURL(request string) string      { return "/login?request=" + request }
func (c *client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeBearer }
func (c *client) IDTokenLifetime() time.Duration      { return time.Hour }
func (c *client) DevMode() bool                       { return false }
func (c *client) IsScopeAllowed(string) bool          { return true }
func (c *client) ClockSkew() time.Duration            { return 0 }

// Kubernetes reads ID tokens only, so the claims must be in there.
func (c *client) IDTokenUserinfoClaimsAssertion() bool { return true }

// Native: loopback redirects are good with any port (RFC 8252).
func (c *client) ApplicationType() op.ApplicationType { return op.ApplicationTypeNative }

func (c *client) RedirectURIs() []string {
	if len(c.Redirects) > 0 {
		return c.Redirects
	}
	return []string{
		"http://localhost", "http://localhost/", "http://localhost/callback",
		"http://127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1/callback",
	}
}

func (c *client) AuthMethod() oidc.AuthMethod {
	if c.Secret == "" {
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodBasic
}

func (c *client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

func (c *client) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}

func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}
