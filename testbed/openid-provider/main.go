// An OpenID provider whose users and claims tests choose. The protocol is zitadel/oidc's; ours are the storage, a login
// page without ornament, and an administration that hands out tokens without a browser.
//
// It serves https on a loopback port, by default a free one, and prints its issuer as one line of JSON once it listens.
package main

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/pkg/op"
)

func main() {
	certificate := flag.String("certificate", "", "file with the server's certificate, PEM")
	key := flag.String("key", "", "file with the certificate's private key, PEM")
	configuration := flag.String("config", "", "file with users and clients, JSON (config.go)")
	port := flag.Uint("port", 0, "port to listen on; 0: a free one")
	flag.Parse()
	log.SetFlags(0)
	if err := serve(*certificate, *key, *configuration, *port); err != nil {
		log.Fatal("openid-provider: ", err)
	}
}

func serve(certificateFile, keyFile, configurationFile string, port uint) error {
	config, err := readConfig(configurationFile)
	if err != nil {
		return err
	}
	certificate, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	issuer := "https://" + listener.Addr().String()

	storage, err := newStorage(config)
	if err != nil {
		return err
	}
	handler, err := routes(issuer, storage, config.AdminToken)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"issuer": issuer}); err != nil {
		return err
	}
	server := http.Server{Handler: handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
	return server.ServeTLS(listener, "", "")
}

func routes(issuer string, storage *storage, adminToken string) (http.Handler, error) {
	var cryptoKey [32]byte
	if _, err := rand.Read(cryptoKey[:]); err != nil {
		return nil, err
	}
	provider, err := op.NewProvider(&op.Config{
		CryptoKey:             cryptoKey,
		CodeMethodS256:        true,
		AuthMethodPost:        true,
		GrantTypeRefreshToken: true,
		SupportedScopes:       []string{"openid", "profile", "email", "groups", "offline_access"},
	}, storage, op.StaticIssuer(issuer))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	login := &login{storage: storage, callback: op.AuthCallbackURL(provider), issuer: issuer}
	mux.HandleFunc("GET /login", login.show)
	mux.HandleFunc("POST /login", login.check)
	admin := &admin{storage: storage, issuer: issuer, token: adminToken}
	mux.HandleFunc("PUT /admin/users", admin.guard(admin.putUser))
	mux.HandleFunc("POST /admin/id-token", admin.guard(admin.idToken))
	mux.Handle("/", provider)
	return mux, nil
}
