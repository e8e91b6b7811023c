package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// config is the file that says who exists.
type config struct {
	// AdminToken is the bearer token of /admin.
	AdminToken string `json:"adminToken"`
	Users      []user `json:"users"`
	// Clients are the only ones there are. None: any client id is a public client with loopback redirects.
	Clients []client `json:"clients"`
}

// user is somebody who can log in.
type user struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	// Claims go into tokens as they are; "sub" is the name unless it is given.
	Claims map[string]any `json:"claims"`
}

func (u user) subject() string {
	if subject, ok := u.Claims["sub"].(string); ok {
		return subject
	}
	return u.Name
}

func readConfig(file string) (*config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	config := new(config)
	if err := json.Unmarshal(text, config); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if config.AdminToken == "" {
		return nil, fmt.Errorf("%s: adminToken is missing", file)
	}
	return config, nil
}
