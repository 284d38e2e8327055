// Posts a form with the file to both doors, as Go's own library writes it: URL of the bucket, key, URL of the blob, path.
package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
)

func post(url, key, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("key", key)
	file, err := form.CreateFormFile("file", filepath.Base(path))
	if err != nil {
		return err
	}
	file.Write(content)
	form.Close()
	answer, err := http.Post(url, form.FormDataContentType(), &body)
	if err != nil {
		return err
	}
	said, _ := io.ReadAll(answer.Body)
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s %s", url, answer.Status, said)
	}
	return nil
}

func main() {
	for _, url := range []string{os.Args[1], os.Args[3]} {
		if err := post(url, os.Args[2], os.Args[4]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}
