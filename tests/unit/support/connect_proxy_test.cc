// The tests' proxy, as libcurl sees it.
#include "tests/support/connect_proxy.h"

#include <curl/curl.h>

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/http_receiver.h"

namespace hookd {
namespace {

using Behaviour = ConnectProxy::Behaviour;

struct Result {
  CURLcode code;
  long proxy_status;
  long status;
};

Result PostThrough(const ConnectProxy& proxy, const std::string& url) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  const std::string address = "http://127.0.0.1:" + std::to_string(proxy.port());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, address.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPPROXYTUNNEL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, "body");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 10000L);
  Result result = {};
  result.code = curl_easy_perform(curl.get());
  curl_easy_getinfo(curl.get(), CURLINFO_HTTP_CONNECTCODE, &result.proxy_status);
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &result.status);
  return result;
}

TEST(ConnectProxyTest, RelaysWhateverTheHostIsCalled) {
  HttpReceiver receiver;
  receiver.SetDefault({.status = 201});
  ConnectProxy proxy(Behaviour::kRelay);
  const Result result =
      PostThrough(proxy, "http://anything.test:" + std::to_string(receiver.port()) + "/path");
  EXPECT_EQ(result.code, CURLE_OK);
  EXPECT_EQ(result.proxy_status, 200);
  EXPECT_EQ(result.status, 201);
  ASSERT_EQ(receiver.request_count(), 1u);
  EXPECT_EQ(receiver.requests()[0].body, "body");
}

TEST(ConnectProxyTest, RefusesAsToldUntilItRelays) {
  HttpReceiver receiver;
  const std::string url = "http://anything.test:" + std::to_string(receiver.port()) + "/";
  ConnectProxy proxy(Behaviour::kBadGateway);
  EXPECT_EQ(PostThrough(proxy, url).proxy_status, 502);
  proxy.Set(Behaviour::kForbidden);
  EXPECT_EQ(PostThrough(proxy, url).proxy_status, 403);
  proxy.Set(Behaviour::kAuthenticationRequired);
  EXPECT_EQ(PostThrough(proxy, url).proxy_status, 407);
  proxy.Set(Behaviour::kClose);
  EXPECT_NE(PostThrough(proxy, url).code, CURLE_OK);
  EXPECT_EQ(receiver.request_count(), 0u);
  proxy.Set(Behaviour::kRelay);
  EXPECT_EQ(PostThrough(proxy, url).code, CURLE_OK);
  EXPECT_EQ(proxy.requests(), 5);
}

}  // namespace
}  // namespace hookd
