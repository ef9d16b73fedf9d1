//go:build integration

package servers

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/elastic/sarama"
	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/require"
)

// probe writes a text to a server and reads all texts that were written.
type probe struct {
	put func(t *testing.T, address, text string)
	get func(t *testing.T, address string) []string
}

var (
	elasticsearchProbe = probe{putElasticsearch, getElasticsearch}
	kafkaProbe         = probe{putKafka, getKafka}
	redisProbe         = probe{putRedis, getRedis}
)

func putElasticsearch(t *testing.T, address, text string) {
	status, _ := request(t, http.MethodPost, address+"/probe/_doc", `{"text":"`+text+`"}`)
	require.Equal(t, http.StatusCreated, status)
}

func getElasticsearch(t *testing.T, address string) []string {
	status, _ := request(t, http.MethodPost, address+"/probe/_refresh", "")
	require.Equal(t, http.StatusOK, status)
	var answer struct {
		Hits struct {
			Hits []struct {
				Source struct {
					Text string `json:"text"`
				} `json:"_source"`
			} `json:"hits"`
		} `json:"hits"`
	}
	status, body := request(t, http.MethodGet, address+"/probe/_search?sort=text.keyword", "")
	require.Equal(t, http.StatusOK, status, "%s", body)
	require.NoError(t, json.Unmarshal(body, &answer))
	var texts []string
	for _, hit := range answer.Hits.Hits {
		texts = append(texts, hit.Source.Text)
	}
	return texts
}

// request sends a request with a JSON body, or without one if body is empty.
func request(t *testing.T, method, url, body string) (status int, answer []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Close = true // for goleak
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, answer
}

func putKafka(t *testing.T, address, text string) {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer([]string{address}, config)
	require.NoError(t, err)
	defer func() { require.NoError(t, producer.Close()) }()
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: "probe", Value: sarama.StringEncoder(text)})
	require.NoError(t, err)
}

func getKafka(t *testing.T, address string) []string {
	client, err := sarama.NewClient([]string{address}, sarama.NewConfig())
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	end, err := client.GetOffset("probe", 0, sarama.OffsetNewest)
	require.NoError(t, err)
	consumer, err := sarama.NewConsumerFromClient(client)
	require.NoError(t, err)
	defer func() { require.NoError(t, consumer.Close()) }()
	messages, err := consumer.ConsumePartition("probe", 0, sarama.OffsetOldest)
	require.NoError(t, err)
	defer func() { require.NoError(t, messages.Close()) }()
	var texts []string
	for range end {
		select {
		case message := <-messages.Messages():
			texts = append(texts, string(message.Value))
		case <-t.Context().Done():
			require.NoError(t, t.Context().Err(), fmt.Sprintf("%d of %d messages", len(texts), end))
		}
	}
	return texts
}

func putRedis(t *testing.T, address, text string) {
	redisDo(t, address, "RPUSH", "probe", text)
}

func getRedis(t *testing.T, address string) []string {
	texts, err := redis.Strings(redisDo(t, address, "LRANGE", "probe", 0, -1), nil)
	require.NoError(t, err)
	return texts
}

func redisDo(t *testing.T, address, command string, arguments ...any) any {
	t.Helper()
	connection, err := redis.DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close()) }()
	answer, err := connection.Do(command, arguments...)
	require.NoError(t, err)
	return answer
}
