package main

import (
	"context"
	"slices"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The scope that a claim is given for; claims that are not named here are given always.
var scopeOfClaim = map[string]string{
	"email":              oidc.ScopeEmail,
	"email_verified":     oidc.ScopeEmail,
	"preferred_username": oidc.ScopeProfile,
	"name":               oidc.ScopeProfile,
	"groups":             "groups",
}

var _ op.CanSetUserinfoFromRequest = &storage{}

func (s *storage) fill(info *oidc.UserInfo, subject string, scopes []string) error {
	user, err := s.findUser(func(user user) bool { return user.subject() == subject })
	if err != nil {
		return err
	}
	info.Subject = subject
	for name, value := range user.Claims {
		if scope, ok := scopeOfClaim[name]; name == "sub" || ok && !slices.Contains(scopes, scope) {
			continue
		}
		// Not the library's own fields, which leave out what is false or empty.
		info.AppendClaims(name, value)
	}
	return nil
}

func (s *storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, request op.IDTokenRequest, scopes []string) error {
	return s.fill(info, request.GetSubject(), scopes)
}

func (s *storage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, tokenID, subject, _ string) error {
	s.lock.Lock()
	grant, ok := s.access[tokenID]
	s.lock.Unlock()
	if !ok {
		return errUnknown
	}
	return s.fill(info, subject, grant.scopes)
}

// What follows is asked of every storage, and not offered here.

func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnknown
}

func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnknown
}

func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnknown
}
