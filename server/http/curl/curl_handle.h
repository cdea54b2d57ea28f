// libcurl's handles, and the options that all of them have. Not thread-safe: a handle belongs to one loop
// (curl_loop.h).
#ifndef HOOKD_HTTP_CURL_CURL_HANDLE_H_
#define HOOKD_HTTP_CURL_CURL_HANDLE_H_

#include <curl/curl.h>

#include <memory>
#include <string>

namespace hookd {

struct CurlHandleCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CurlHandleCleanup>;

struct CurlShareCleanup {
  void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};
using CurlShare = std::unique_ptr<CURLSH, CurlShareCleanup>;

// The options that all requests of a loop share. Everything here must outlive the handles.
struct CurlSettings {
  std::string ca_file;  // as in CurlClient::Options
  std::string proxy;
  bool http2 = false;
  CURLSH* share = nullptr;              // holds the TLS sessions
  curl_slist* proxy_address = nullptr;  // for CURLOPT_RESOLVE, so that libcurl looks up no name
  // How long a connection to the proxy is kept idle, and reused.
  long idle_seconds = 0, lifetime_seconds = 0;
};

// Returns a handle with the options that all requests share. Null if memory ran out.
CurlHandle MakeCurlHandle(const CurlSettings& settings);
// Returns a handle that sends nothing and makes libcurl close the connection that SetClosing sets. Null if
// memory ran out.
//
// libcurl closes a dead connection when a request looks for it. Otherwise it searches all its connections
// once a second, and starts again from the first one after each that it finds: a quadratic number of system
// calls (prune_dead_connections in its url.c).
CurlHandle MakeClosingHandle();
void SetClosing(CURL* handle, curl_slist* label, int port);

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_CURL_HANDLE_H_
