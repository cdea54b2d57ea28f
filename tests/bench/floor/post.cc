// The floor of a POST: libcurl's multi interface with epoll and a fixed number of requests under way, to a
// sink.
//   hookd_bench_floor_post PORT EVENTS [UNDER_WAY]
#include <curl/curl.h>
#include <sys/epoll.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/floor/floor.h"

namespace {

struct Loop {
  CURLM* multi = curl_multi_init();
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  long timer = -1;
};

int OnSocket(CURL*, curl_socket_t socket, int what, void* data, void* known) {
  auto* loop = static_cast<Loop*>(data);
  if (what == CURL_POLL_REMOVE) return epoll_ctl(loop->epoll, EPOLL_CTL_DEL, socket, nullptr);
  epoll_event event = {};
  event.data.fd = socket;
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  if (known == nullptr) curl_multi_assign(loop->multi, socket, loop);
  epoll_ctl(loop->epoll, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
  return 0;
}

int OnTimer(CURLM*, long milliseconds, void* data) {
  static_cast<Loop*>(data)->timer = milliseconds;
  return 0;
}

size_t Drop(const char*, size_t size, size_t count, void*) { return size * count; }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string url = std::string("http://127.0.0.1:") + argv[1] + "/";
  const int64_t events = std::atoll(argv[2]);
  const int under_way = argc > 3 ? std::atoi(argv[3]) : 16;
  const std::string body = hookd::ToJson(hookd::bench::FloorEvent());
  curl_global_init(CURL_GLOBAL_ALL);
  Loop loop;
  curl_multi_setopt(loop.multi, CURLMOPT_SOCKETFUNCTION, &OnSocket);
  curl_multi_setopt(loop.multi, CURLMOPT_SOCKETDATA, &loop);
  curl_multi_setopt(loop.multi, CURLMOPT_TIMERFUNCTION, &OnTimer);
  curl_multi_setopt(loop.multi, CURLMOPT_TIMERDATA, &loop);
  curl_slist* headers = nullptr;
  for (const char* header :
       {"Content-Type: application/json", "User-Agent: hookd/0.1.0", "Webhook-Id: 06cdtz3n80h40",
        "Webhook-Timestamp: 1700000000",
        "Webhook-Signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "Expect:"}) {
    headers = curl_slist_append(headers, header);
  }
  int64_t begun = 0, done = 0;
  std::vector<CURL*> handles;
  for (int i = 0; i < under_way; ++i) {
    CURL* handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 5000L);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Drop);
    curl_multi_add_handle(loop.multi, handle);
    handles.push_back(handle);
    ++begun;
  }
  double before = 0;
  const int64_t warm = under_way * 4;
  std::array<epoll_event, 128> ready;
  int running = 0;
  curl_multi_socket_action(loop.multi, CURL_SOCKET_TIMEOUT, 0, &running);
  while (done < events + warm) {
    const int count = epoll_wait(loop.epoll, ready.data(), ready.size(), static_cast<int>(loop.timer));
    for (int i = 0; i < count; ++i) {
      int what = 0;
      if (ready[i].events & EPOLLIN) what |= CURL_CSELECT_IN;
      if (ready[i].events & EPOLLOUT) what |= CURL_CSELECT_OUT;
      curl_multi_socket_action(loop.multi, ready[i].data.fd, what, &running);
    }
    if (count == 0 || loop.timer == 0) curl_multi_socket_action(loop.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(loop.multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* handle = message->easy_handle;
      if (message->data.result != CURLE_OK) {
        std::fprintf(stderr, "%s\n", curl_easy_strerror(message->data.result));
        return 1;
      }
      curl_multi_remove_handle(loop.multi, handle);
      if (++done == warm) before = hookd::bench::CpuMicroseconds();
      if (begun < events + warm) {
        curl_multi_add_handle(loop.multi, handle);
        ++begun;
      }
    }
  }
  hookd::bench::PrintPerEvent(hookd::bench::CpuMicroseconds() - before, events);
}
