package main

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const accessTokenLifetime = 5 * time.Minute

var errUnknown = errors.New("unknown")

// storage keeps everything in memory, for as long as the program runs.
type storage struct {
	key     signingKey
	clients []client

	lock     sync.Mutex
	users    []user
	requests map[string]*grant // by request id
	codes    map[string]string // request id by code
	access   map[string]*grant // by id of the access token
	refresh  map[string]*grant // by refresh token
}

var _ op.Storage = &storage{}

func newStorage(config *config) (*storage, error) {
	key, err := newSigningKey()
	return &storage{
		key:      key,
		clients:  config.Clients,
		users:    config.Users,
		requests: map[string]*grant{},
		codes:    map[string]string{},
		access:   map[string]*grant{},
		refresh:  map[string]*grant{},
	}, err
}

// putUser adds a user, or replaces the one of that name.
func (s *storage) putUser(new user) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.users = slices.DeleteFunc(s.users, func(user user) bool { return user.Name == new.Name })
	s.users = append(s.users, new)
}

// findUser looks for the first user that fits.
func (s *storage) findUser(fits func(user) bool) (user, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	index := slices.IndexFunc(s.users, fits)
	if index < 0 {
		return user{}, errUnknown
	}
	return s.users[index], nil
}

// logIn finishes the login of a request, if name and password are right.
func (s *storage) logIn(requestID, name, password string) error {
	user, err := s.findUser(func(user user) bool { return user.Name == name && user.Password == password })
	if err != nil {
		return errors.New("name or password is wrong")
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	request, ok := s.requests[requestID]
	if !ok {
		return errors.New("this login has expired: start again")
	}
	request.subject, request.time = user.subject(), time.Now()
	return nil
}

func (s *storage) CreateAuthRequest(_ context.Context, request *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if slices.Contains(request.Prompt, oidc.PromptNone) {
		return nil, oidc.ErrLoginRequired()
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	new := &grant{id: rand.Text(), request: *request, scopes: request.Scopes}
	s.requests[new.id] = new
	return new, nil
}

func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if request, ok := s.requests[id]; ok {
		return request, nil
	}
	return nil, errUnknown
}

func (s *storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	s.lock.Lock()
	id := s.codes[code]
	s.lock.Unlock()
	return s.AuthRequestByID(ctx, id)
}

func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.codes[code] = id
	return nil
}

func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.requests, id)
	for code, request := range s.codes {
		if request == id {
			delete(s.codes, code)
		}
	}
	return nil
}

func (s *storage) CreateAccessToken(_ context.Context, request op.TokenRequest) (string, time.Time, error) {
	id, _, expires, err := s.issue(request, "")
	return id, expires, err
}

func (s *storage) CreateAccessAndRefreshTokens(_ context.Context, request op.TokenRequest, current string) (string, string, time.Time, error) {
	id, grant, expires, err := s.issue(request, current)
	if err != nil {
		return "", "", time.Time{}, err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	refresh := rand.Text()
	s.refresh[refresh] = grant
	return id, refresh, expires, nil
}

// issue notes a new access token; the refresh token that paid for it is used up.
func (s *storage) issue(request op.TokenRequest, refresh string) (string, *grant, time.Time, error) {
	grant, ok := request.(*grant)
	if !ok {
		return "", nil, time.Time{}, errors.New("this kind of grant is not offered")
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.refresh, refresh)
	id := rand.Text()
	s.access[id] = grant
	return id, grant, time.Now().Add(accessTokenLifetime), nil
}

func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if known, ok := s.refresh[token]; ok {
		// A copy: a refresh may narrow its scopes for one answer.
		refreshed := *known
		return &refreshed, nil
	}
	return nil, op.ErrInvalidRefreshToken
}

func (s *storage) TerminateSession(_ context.Context, subject, clientID string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, tokens := range []map[string]*grant{s.access, s.refresh} {
		for token, grant := range tokens {
			if grant.subject == subject && grant.request.ClientID == clientID {
				delete(tokens, token)
			}
		}
	}
	return nil
}

func (s *storage) RevokeToken(_ context.Context, token, _, _ string) *oidc.Error {
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.access, token)
	delete(s.refresh, token)
	return nil
}

func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (string, string, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if grant, ok := s.refresh[token]; ok {
		return grant.subject, token, nil
	}
	return "", "", op.ErrInvalidRefreshToken
}

func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{s.key.SignatureAlgorithm()}, nil
}

func (s *storage) KeySet(context.Context) ([]op.Key, error) { return []op.Key{publicKey{s.key}}, nil }

func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	return s.client(id)
}

func (s *storage) client(id string) (*client, error) {
	if len(s.clients) == 0 && id != "" {
		return &client{ID: id}, nil
	}
	for _, client := range s.clients {
		if client.ID == id {
			return &client, nil
		}
	}
	return nil, errUnknown
}

func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	client, err := s.client(id)
	if err != nil || client.Secret != secret {
		return errUnknown
	}
	return nil
}

func (s *storage) Health(context.Context) error { return nil }
