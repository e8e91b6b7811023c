package main

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// grant is what somebody allows a client: first a request to log in, later what a refresh token stands for.
type grant struct {
	id      string
	request oidc.AuthRequest
	scopes  []string
	subject string
	time    time.Time
}

var (
	_ op.AuthRequest         = &grant{}
	_ op.RefreshTokenRequest = &grant{}
)

func (g *grant) GetID() string                      { return g.id }
func (g *grant) GetACR() string                     { return "" }
func (g *grant) GetAMR() []string                   { return []string{"pwd"} }
func (g *grant) GetAudience() []string              { return []string{g.request.ClientID} }
func (g *grant) GetAuthTime() time.Time             { return g.time }
func (g *grant) GetClientID() string                { return g.request.ClientID }
func (g *grant) GetNonce() string                   { return g.request.Nonce }
func (g *grant) GetRedirectURI() string             { return g.request.RedirectURI }
func (g *grant) GetResponseType() oidc.ResponseType { return g.request.ResponseType }
func (g *grant) GetResponseMode() oidc.ResponseMode { return g.request.ResponseMode }
func (g *grant) GetScopes() []string                { return g.scopes }
func (g *grant) SetCurrentScopes(scopes []string)   { g.scopes = scopes }
func (g *grant) GetState() string                   { return g.request.State }
func (g *grant) GetSubject() string                 { return g.subject }
func (g *grant) Done() bool                         { return g.subject != "" }

func (g *grant) GetCodeChallenge() *oidc.CodeChallenge {
	if g.request.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: g.request.CodeChallenge, Method: g.request.CodeChallengeMethod}
}
