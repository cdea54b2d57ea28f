#include "http/curl/curl_handle.h"

namespace hookd {
namespace {

// Longer than any request, in milliseconds or seconds, to turn timeouts of libcurl off.
constexpr long kLibcurlsTimeout = 100'000'000;

}  // namespace

CurlHandle MakeCurlHandle(const CurlSettings& settings) {
  CurlHandle handle(curl_easy_init());
  if (handle == nullptr) return nullptr;
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY,
                   settings.proxy.c_str());  // empty: none, regardless of the environment
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
                   static_cast<long>(settings.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!settings.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, settings.ca_file.c_str());
  // libcurl would trust the directory in addition to the file. Without it, libcurl reads the file only once.
  curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  // Passes the lines of the head to OnBody before libcurl stores them. With a proxy, the proxy's own head
  // would come too.
  curl_easy_setopt(curl, CURLOPT_HEADER, settings.proxy.empty() ? 1L : 0L);
  // Before 8.0 libcurl calls connect again, which succeeds once on Linux for a socket that has connected
  // since.
  if (curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000) {
    curl_easy_setopt(
        curl, CURLOPT_SOCKOPTFUNCTION,
        +[](void*, curl_socket_t, curlsocktype) { return CURL_SOCKOPT_ALREADY_CONNECTED; });
  }
  curl_easy_setopt(curl, CURLOPT_SHARE, settings.share);
  curl_easy_setopt(curl, CURLOPT_RESOLVE, settings.proxy_address);
  // Labels are not names, so there is nothing to cache.
  curl_easy_setopt(curl, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  // The loop ends slow requests, and the pool ends old connections.
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kLibcurlsTimeout);
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, kLibcurlsTimeout);
  if (settings.proxy.empty()) return handle;
  // With a proxy libcurl chooses the connection itself.
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, settings.idle_seconds);
  curl_easy_setopt(curl, CURLOPT_MAXLIFETIME_CONN, settings.lifetime_seconds);
  return handle;
}

CurlHandle MakeClosingHandle() {
  CurlHandle handle(curl_easy_init());
  if (handle == nullptr) return handle;
  CURL* const curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_URL, "http://ended.invalid/");
  curl_easy_setopt(
      curl, CURLOPT_OPENSOCKETFUNCTION,
      +[](void*, curlsocktype, curl_sockaddr*) -> curl_socket_t { return CURL_SOCKET_BAD; });
  return handle;
}

void SetClosing(CURL* handle, curl_slist* label, int port) {
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, label);
  curl_easy_setopt(handle, CURLOPT_PORT, static_cast<long>(port));
}

}  // namespace hookd
