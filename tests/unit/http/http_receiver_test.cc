// The tests' own receiver, driven by libcurl's easy interface: it must misbehave exactly as told.
#include "tests/support/http_receiver.h"

#include <curl/curl.h>

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(20);

// A client with one kept-alive connection.
class Client {
 public:
  Client() {
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Client::WriteBody);
    curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, &Client::WriteHead);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(kPatience)));
  }
  ~Client() { curl_easy_cleanup(curl_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Trust(const std::string& file) { curl_easy_setopt(curl_, CURLOPT_CAINFO, file.c_str()); }

  CURLcode Post(const std::string& url, const std::string& content = "{}") {
    head.clear();
    body.clear();
    curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE, static_cast<long>(content.size()));
    curl_easy_setopt(curl_, CURLOPT_COPYPOSTFIELDS, content.c_str());
    curl_slist* headers = curl_slist_append(nullptr, "X-Colour: blue");
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
    const CURLcode code = curl_easy_perform(curl_);
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, nullptr);
    curl_slist_free_all(headers);
    return code;
  }
  long status() const {
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  std::string head, body;
  size_t enough = std::string::npos;  // the client goes away at so many bytes of the body

 private:
  static size_t WriteHead(char* data, size_t, size_t size, void* client) {
    static_cast<Client*>(client)->head.append(data, size);
    return size;
  }
  static size_t WriteBody(char* data, size_t, size_t size, void* client) {
    auto* const self = static_cast<Client*>(client);
    self->body.append(data, size);
    return self->body.size() < self->enough ? size : 0;
  }

  CURL* curl_ = curl_easy_init();
};

TEST(HttpReceiverTest, KeepsWhatArrivesInOrder) {
  HttpReceiver receiver;
  Client client;
  const std::string large(300000, 'a');
  EXPECT_EQ(client.Post(receiver.Url("/one?x=1"), "first"), CURLE_OK);
  EXPECT_EQ(client.Post(receiver.Url("/two"), large), CURLE_OK);
  EXPECT_EQ(client.status(), 200);
  const auto requests = receiver.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(receiver.request_count(), 2u);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].path, "/one?x=1");
  EXPECT_EQ(requests[0].body, "first");
  EXPECT_EQ(requests[0].header("x-COLOUR"), "blue");
  EXPECT_EQ(requests[0].header("X-Shape"), "");
  EXPECT_EQ(requests[1].body, large);
  EXPECT_EQ(requests[1].connection, 1);
  EXPECT_EQ(receiver.connections(), 1);
}

TEST(HttpReceiverTest, AnswersByPathAsTold) {
  HttpReceiver receiver;
  receiver.SetDefault({.status = 500, .body = "database on fire"});
  receiver.Set("/moved", {.status = 302, .headers = {{"Location", "http://elsewhere.test/"}}});
  receiver.Set("/nothing", {.status = 204, .body = "never sent"});
  Client client;
  EXPECT_EQ(client.Post(receiver.Url("/")), CURLE_OK);
  EXPECT_EQ(client.status(), 500);
  EXPECT_EQ(client.body, "database on fire");
  EXPECT_EQ(client.Post(receiver.Url("/moved?to=elsewhere")), CURLE_OK);
  EXPECT_EQ(client.status(), 302);
  EXPECT_THAT(client.head, HasSubstr("Location: http://elsewhere.test/\r\n"));
  EXPECT_EQ(client.Post(receiver.Url("/nothing")), CURLE_OK);
  EXPECT_EQ(client.status(), 204);
  EXPECT_EQ(client.body, "");
  receiver.SetDefault({});
  EXPECT_EQ(client.Post(receiver.Url("/")), CURLE_OK);
  EXPECT_EQ(client.status(), 200);
  EXPECT_EQ(receiver.connections(), 1);
}

TEST(HttpReceiverTest, SendsEveryFormOfASoundAnswer) {
  HttpReceiver receiver;
  Client client;
  receiver.SetDefault({.body = "hello", .chunked = true});
  EXPECT_EQ(client.Post(receiver.Url("/")), CURLE_OK);
  EXPECT_EQ(client.body, "hello");
  EXPECT_THAT(client.head, HasSubstr("Transfer-Encoding: chunked"));
  receiver.SetDefault({.body = "hello", .interim = {103, 100}, .drip = absl::Milliseconds(1)});
  EXPECT_EQ(client.Post(receiver.Url("/")), CURLE_OK);
  EXPECT_EQ(client.status(), 200);
  EXPECT_EQ(client.body, "hello");
  EXPECT_THAT(client.head, HasSubstr("103 Early Hints"));
  receiver.SetDefault({.body = "hello", .delay = absl::Milliseconds(1), .header_flood = 200});
  EXPECT_EQ(client.Post(receiver.Url("/")), CURLE_OK);
  EXPECT_EQ(client.body, "hello");
  EXPECT_THAT(client.head, HasSubstr("X-Flood-199: "));
  EXPECT_EQ(receiver.connections(), 1);
}

TEST(HttpReceiverTest, SpoilsAnAnswerAsTold) {
  HttpReceiver receiver;
  receiver.Set("/reset", {.reset = true});
  receiver.Set("/close", {.close = true});
  receiver.Set("/cut_short", {.body = "hello", .cut_short = true});
  receiver.Set("/garbage", {.garbage = true});
  receiver.Set("/reset_in_the_middle", {.body = "hello", .reset = true, .cut_short = true});
  const auto post = [&](const std::string& path) {
    Client client;  // a new connection: on a used one libcurl would try again
    return client.Post(receiver.Url(path));
  };
  EXPECT_EQ(post("/reset"), CURLE_RECV_ERROR);
  EXPECT_EQ(post("/close"), CURLE_GOT_NOTHING);
  EXPECT_EQ(post("/cut_short"), CURLE_PARTIAL_FILE);
  EXPECT_EQ(post("/garbage"), CURLE_UNSUPPORTED_PROTOCOL);
  EXPECT_EQ(post("/reset_in_the_middle"), CURLE_RECV_ERROR);
  EXPECT_EQ(receiver.request_count(), 5u);
}

TEST(HttpReceiverTest, SendsMoreAndMoreOfAnEndlessBody) {
  HttpReceiver receiver;
  receiver.Set("/endless", {.endless_body = true});
  receiver.Set("/chunks", {.body = "more", .chunked = true, .endless_body = true});
  receiver.Set("/drip", {.body = "abc", .drip = absl::Milliseconds(1), .endless_body = true});
  const auto begin_of = [&](const std::string& path, size_t size) {
    Client client;
    client.enough = size;
    EXPECT_EQ(client.Post(receiver.Url(path)), CURLE_WRITE_ERROR);
    return client.body.substr(0, size);
  };
  EXPECT_EQ(begin_of("/endless", 1000000), std::string(1000000, 'x'));
  EXPECT_EQ(begin_of("/chunks", 12), "moremoremore");
  EXPECT_EQ(begin_of("/drip", 7), "abcabca");
}

TEST(HttpReceiverTest, ServesOthersWhileOneHangsAndEndsItWithItself) {
  CURLcode hung = CURLE_OK;
  std::thread waiting;
  {
    HttpReceiver receiver;
    receiver.Set("/hang", {.hang = true});
    waiting = std::thread([&hung, url = receiver.Url("/hang")] { hung = Client().Post(url); });
    EXPECT_TRUE(receiver.WaitForRequests(1, kPatience));
    EXPECT_EQ(Client().Post(receiver.Url("/")), CURLE_OK);
    EXPECT_FALSE(receiver.WaitForRequests(3, absl::ZeroDuration()));
  }
  waiting.join();
  EXPECT_EQ(hung, CURLE_GOT_NOTHING);
}

TEST(HttpReceiverTest, EndsAKeptAliveConnectionUnannounced) {
  HttpReceiver receiver;
  receiver.SetDefault({.body = "hello", .close_after = true});
  Client client;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.Post(receiver.Url("/")), CURLE_OK);
    EXPECT_EQ(client.body, "hello");
    EXPECT_THAT(client.head, Not(HasSubstr("Connection")));
  }
  EXPECT_EQ(receiver.connections(), 3);
}

TEST(HttpReceiverTest, ManyConnectionsAtOnceAreServed) {
  HttpReceiver receiver;
  std::vector<std::thread> threads;
  threads.reserve(16);
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&receiver] {
      Client client;
      for (int sent = 0; sent < 200; ++sent) EXPECT_EQ(client.Post(receiver.Url("/")), CURLE_OK);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(receiver.request_count(), 3200u);
  EXPECT_EQ(receiver.connections(), 16);
}

TEST(HttpReceiverTest, ShowsTheCertificateItWasGiven) {
  const TlsCertificates certificates = MakeTlsCertificates();
  TempDir folder;
  const std::string trusted = WriteAuthorityFile(certificates, folder.path());
  const auto post = [&](const TlsOptions& tls, const std::string& content) {
    HttpReceiver receiver(tls);
    receiver.SetDefault({.body = std::string(500000, 'x')});
    Client client;
    client.Trust(trusted);
    const CURLcode code = client.Post(receiver.Url("/"), content);
    EXPECT_EQ(receiver.request_count(), code == CURLE_OK ? 1u : 0u);
    EXPECT_EQ(client.body.size(), code == CURLE_OK ? 500000u : 0u);
    return code;
  };
  EXPECT_EQ(post(certificates.good, std::string(300000, 'a')), CURLE_OK);
  EXPECT_EQ(post(certificates.wrong_name, "{}"), CURLE_PEER_FAILED_VERIFICATION);
  EXPECT_EQ(post(certificates.expired, "{}"), CURLE_PEER_FAILED_VERIFICATION);
  EXPECT_EQ(post(certificates.self_signed, "{}"), CURLE_PEER_FAILED_VERIFICATION);
}

}  // namespace
}  // namespace hookd
