// go-vcr 4: a cassette of what net/http sent, in YAML.
//
//	go run record_go.go CALLS OUT
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/recorder"
)

type call struct {
	Method  string
	Path    string
	Headers map[string]string
	Body    json.RawMessage
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var calls []call
	check(json.Unmarshal(text, &calls))
	// With no coding named, net/http asks for gzip and unpacks it, before the recorder sees it or not.
	for name, coding := range map[string]string{"go-vcr": "identity", "go-vcr-unpacked": "", "go-vcr-gzip": "gzip", "go-vcr-br": "br"} {
		vcr, err := recorder.New(filepath.Join(os.Args[2], name), recorder.WithMode(recorder.ModeRecordOnly))
		check(err)
		client := vcr.GetDefaultClient()
		for _, call := range calls {
			request, err := http.NewRequest(call.Method, "https://openrouter.ai"+call.Path, bytes.NewReader(call.Body))
			check(err)
			request.Header.Set("Authorization", "Bearer none")
			if coding != "" {
				request.Header.Set("Accept-Encoding", coding)
			}
			if call.Body != nil {
				request.Header.Set("Content-Type", "application/json")
			}
			for name, value := range call.Headers {
				request.Header.Set(name, value)
			}
			response, err := client.Do(request)
			check(err)
			_, err = io.Copy(io.Discard, response.Body)
			check(err)
			response.Body.Close()
		}
		check(vcr.Stop())
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
