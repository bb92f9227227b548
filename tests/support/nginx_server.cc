#include "tests/support/nginx_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/loopback.h"

namespace rung::test {
namespace {

constexpr const char* config_text = R"(
daemon off;
master_process off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events { worker_connections 256; }
http {
  log_format log '$connection $uri $status $server_protocol $body_bytes_sent "$http_range" '
                 '"$http_accept_encoding"';
  access_log {dir}/access.log log;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  default_type application/octet-stream;
  types { text/plain txt; application/dash+xml mpd; video/mp4 mp4; }
  keepalive_timeout 60;
  gzip_types text/plain;
  gzip_min_length 20;
  server {
    listen 127.0.0.1:{port};
    listen 127.0.0.1:{tls_port} ssl http2;
    ssl_certificate {dir}/cert.pem;
    ssl_certificate_key {dir}/key.pem;
    root {dir}/files;
    location / { }
    location ~ \.txt$ { gzip on; }
    location ~ \.gz$ { add_header Content-Encoding gzip; }
    location /slow/ { alias {dir}/files/; limit_rate 20k; }
    location /whole/ { alias {dir}/files/; max_ranges 0; }
    location = /wrong-range { add_header Content-Range "bytes 5-9/10" always; return 206 "56789"; }
    location = /status/404 { return 404; }
    location = /status/503 { add_header Retry-After 3 always; return 503; }
    location = /redirect/loop { return 302 /redirect/loop; }
    location = /redirect/0 { return 302 /file.bin; }
    location ~ ^/redirect/([1-9])$ { set $n $1; rewrite ^/redirect/2$ /redirect/1 redirect;
      rewrite ^/redirect/3$ /redirect/2 redirect; rewrite ^/redirect/4$ /redirect/3 redirect;
      rewrite ^/redirect/5$ /redirect/4 redirect; rewrite ^ /redirect/0 redirect; }
    location = /redirect/to { return 302 $args; }
  }
}
)";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

bool answers(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback_address(port);
  const bool connected =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(descriptor);
  return connected;
}

}  // namespace

NginxServer::NginxServer() {
  std::filesystem::create_directory(files());
  const std::string dir = directory_.path().string();
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
      " -days 2 -subj /CN=localhost"
      " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout '" +
      dir + "/key.pem' -out '" + dir + "/cert.pem' 2>/dev/null";
  if (std::system(command.c_str()) != 0) ADD_FAILURE() << "openssl made no certificate";
  for (int attempt = 0; attempt < 5; ++attempt)
    if (launch()) return;
  ADD_FAILURE() << "nginx does not start";
}

NginxServer::~NginxServer() {
  if (process_ <= 0) return;
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

bool NginxServer::launch() {
  port_ = free_loopback_port();
  tls_port_ = free_loopback_port();
  const std::string dir = directory_.path().string();
  std::string config = replaced(config_text, "{dir}", dir);
  config = replaced(config, "{port}", std::to_string(port_));
  config = replaced(config, "{tls_port}", std::to_string(tls_port_));
  std::ofstream(directory_.path() / "nginx.conf") << config;
  const std::string config_path = (directory_.path() / "nginx.conf").string();
  const std::string log_path = (directory_.path() / "error.log").string();
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setenv("PATH", "/usr/sbin:/usr/local/sbin:/sbin:/usr/bin:/bin", 1);
    execlp("nginx", "nginx", "-c", config_path.c_str(), "-e", log_path.c_str(), nullptr);
    _exit(127);
  }
  for (int i = 0; i < 500; ++i) {
    if (answers(port_) && answers(tls_port_)) return true;
    if (waitpid(process_, nullptr, WNOHANG) == process_) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  return false;
}

void NginxServer::write_file(std::string_view name, std::string_view contents) const {
  const auto path = files() / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << contents;
}

std::string NginxServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::string NginxServer::tls_url(std::string_view path) const {
  return "https://127.0.0.1:" + std::to_string(tls_port_) + std::string(path);
}

std::string NginxServer::ca_file() const { return (directory_.path() / "cert.pem").string(); }

std::vector<NginxServer::Access> NginxServer::accesses(std::size_t count) const {
  std::vector<Access> result;
  for (int i = 0; i < 100; ++i) {
    result.clear();
    std::ifstream log(directory_.path() / "access.log");
    for (std::string line; std::getline(log, line);) {
      Access access;
      std::istringstream words(line);
      words >> access.connection >> access.path >> access.status >> access.protocol >>
          access.body_sent;
      const auto quoted = [&] {
        std::string text;
        std::getline(words, text, '"');
        std::getline(words, text, '"');
        return text;
      };
      access.range = quoted();
      access.accept_encoding = quoted();
      // Readiness probes of the fixture send no request and leave no line with a path.
      result.push_back(access);
    }
    if (result.size() >= count) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return result;
}

}  // namespace rung::test
