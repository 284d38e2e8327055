// What the AWS SDK for Go does differently from others: a list in a header is a line for each value, and every line is signed.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func expect(what string, is, want any) {
	if fmt.Sprint(is) != fmt.Sprint(want) {
		fmt.Fprintf(os.Stderr, "%s: %v, not %v\n", what, is, want)
		os.Exit(1)
	}
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func main() {
	ctx := context.Background()
	client := s3.New(s3.Options{
		BaseEndpoint: aws.String(os.Getenv("ENDPOINT")),
		Credentials: credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"),
			os.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
		Region:       os.Getenv("AWS_DEFAULT_REGION"),
		UsePathStyle: true,
	})
	bucket, key := aws.String("gophers"), aws.String("a key/ü+")
	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket}))
	must(client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("hay"),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256, Metadata: map[string]string{"a": "b"}}))

	// two and all attributes, each on a line of its own
	two := must(client.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: bucket, Key: key,
		ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesEtag, types.ObjectAttributesObjectSize}}))
	expect("size", aws.ToInt64(two.ObjectSize), 3)
	expect("no checksum was asked for", two.Checksum == nil, true)
	all := must(client.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: bucket, Key: key,
		ObjectAttributes: types.ObjectAttributes("").Values()}))
	expect("etag", aws.ToString(all.ETag), aws.ToString(two.ETag))
	expect("checksum", len(aws.ToString(all.Checksum.ChecksumSHA256)), 44)
	expect("class", all.StorageClass, "STANDARD")

	// other lists
	must(client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket,
		OptionalObjectAttributes: types.OptionalObjectAttributes("").Values()}))
	must(client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket,
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("none")}}}}))

	// presigned, some headers moved to the query, the others signed
	presigner := s3.NewPresignClient(client, s3.WithPresignExpires(time.Minute))
	put := must(presigner.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("presigned"),
		ContentType: aws.String("text/css"), Metadata: map[string]string{"a": "b"}, StorageClass: types.StorageClassStandardIa}))
	expect("presigned put", use(put.Method, put.URL, put.SignedHeader, "hay hay"), 200)
	head := must(client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("presigned")}))
	expect("presigned object", []any{aws.ToInt64(head.ContentLength), aws.ToString(head.ContentType), head.Metadata, head.StorageClass},
		[]any{7, "text/css", map[string]string{"a": "b"}, "STANDARD_IA"})
	get := must(presigner.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("presigned")}))
	expect("presigned get", use(get.Method, get.URL, get.SignedHeader, ""), 200)
	foreign := must(presigner.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("no"),
		ExpectedBucketOwner: aws.String("somebody")}))
	expect("somebody's bucket", use(foreign.Method, foreign.URL, foreign.SignedHeader, "hay"), 403)

	// another region
	_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key}, func(o *s3.Options) { o.Region = "eu-west-7" })
	expect("another region", code(err), "AuthorizationHeaderMalformed")
	_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("no")})
	expect("missing", code(err), "NotFound")
}

func use(method, url string, signed http.Header, body string) int {
	request := must(http.NewRequest(method, url, bytes.NewBufferString(body)))
	for name, values := range signed {
		if name != "Host" && name != "Content-Length" {
			request.Header[name] = values
		}
	}
	answer := must(http.DefaultClient.Do(request))
	defer answer.Body.Close()
	return answer.StatusCode
}
