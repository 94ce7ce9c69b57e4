// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/pattern_faults.h"
#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

const std::string kHead = "version: 1\nchecks:\n  - name: a\n    ";  // NOLINT(cert-err58-cpp)

HttpCheck http_of(const std::string& lines) {
  return std::get<HttpCheck>(config_of(kHead + lines).checks.at(0).target);
}

// Of what begins on line 4.
Texts faults_in(const std::string& lines) {
  Texts texts;
  for (const Diagnostic& fault : load_config(kHead + lines, "f", "host").diagnostics) {
    texts.push_back(std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": " +
                    fault.message);
  }
  return texts;
}

TEST(LoadHttp, AnEndpointAloneIsAskedForItsRoot) {
  HttpCheck expected;
  expected.endpoint = Endpoint::parse("[2001:db8::1]:80").value();
  EXPECT_EQ(http_of("http: '[2001:db8::1]:80'\n"), expected);
  EXPECT_EQ(http_of("http: {address: '[2001:db8::1]:80'}\n"), expected);
}

TEST(LoadHttp, EveryKeyOfOneRequest) {
  HttpCheck expected;
  expected.endpoint = Endpoint::parse("192.0.2.1:8080").value();
  expected.method = "POST";
  expected.host = "example.com:8080";
  expected.headers = {{"X-Key", "a b"}, {"Accept", "text/plain"}};
  HttpRequest request;
  request.path = "/health?full=1";
  request.statuses = {{200, 200}, {300, 399}};
  request.contains = "ok";
  request.matches = "^[a-z]+$";
  request.sha256.emplace().fill(0xab);
  expected.requests = {request};
  std::string digest;
  for (int i = 0; i < 32; ++i) digest += "aB";
  EXPECT_EQ(http_of("http:\n"
                    "      address: 192.0.2.1:8080\n"
                    "      method: POST\n"
                    "      host: example.com:8080\n"
                    "      headers: {X-Key: a b, Accept: text/plain}\n"
                    "      path: /health?full=1\n"
                    "      status: [200, 300-399]\n"
                    "      contains: ok\n"
                    "      matches: '^[a-z]+$'\n"
                    "      sha256: " +
                    digest + "\n"),
            expected);
}

TEST(LoadHttp, SeveralRequests) {
  const HttpCheck check = http_of(
      "http:\n      address: 192.0.2.1:80\n      requests:\n"
      "        - {path: /a, status: 204}\n        - {path: /b, contains: x}\n");
  ASSERT_EQ(check.requests.size(), 2U);
  EXPECT_EQ(check.requests[0].path, "/a");
  EXPECT_EQ(check.requests[0].statuses, (std::vector<HttpStatusRange>{{204, 204}}));
  EXPECT_EQ(check.requests[1].contains, "x");
}

TEST(LoadHttps, Http2IsSpokenIfAskedFor) {
  EXPECT_EQ(http_of("https: '192.0.2.1:443'\n").http2, Http2Use::kNever);
  EXPECT_EQ(http_of("https: {address: '192.0.2.1:443'}\n").tls->alpn, "");
  const HttpCheck offered = http_of("https: {address: '192.0.2.1:443', http2: auto}\n");
  EXPECT_EQ(offered.http2, Http2Use::kAuto);
  EXPECT_EQ(offered.tls->alpn, "h2,http/1.1");
  const HttpCheck only = http_of("https: {address: '192.0.2.1:443', http2: only}\n");
  EXPECT_EQ(only.http2, Http2Use::kOnly);
  EXPECT_EQ(only.tls->alpn, "h2");
  EXPECT_EQ(faults_in("http: {address: '192.0.2.1:80', http2: auto}\n").size(), 1U);
  EXPECT_EQ(faults_in("https: {address: '192.0.2.1:443', http2: yes}\n").size(), 1U);
}

TEST(LoadHttp, FaultsAreExactlyThese) {
  const std::string http = "http: {address: '192.0.2.1:80', ";
  const std::string status = "expected a status such as 200, a range such as 200-299, or a list";
  EXPECT_EQ(faults_in("http: {}\n"), Texts{"4:11: http lacks the key 'address'"});
  EXPECT_EQ(faults_in("http: example.com\n"),
            Texts{"4:11: http: found 'example.com', expected an IP address or a host name, and a "
                  "port, such as "
                  "192.0.2.1:80"});
  EXPECT_EQ(faults_in(http + "pth: /x}\n"),
            Texts{"4:37: unknown key 'pth' in http, did you mean 'path'?"});
  EXPECT_EQ(faults_in(http + "path: x}\n"),
            Texts{"4:43: path: found 'x', expected a path that begins with '/', printable ASCII, "
                  "at most 2048 bytes"});
  EXPECT_EQ(faults_in(http + "path: '/a b'}\n").size(), 1U) << "it would split the request";
  EXPECT_EQ(faults_in(http + "path: \"/a\\r\\nX: y\"}\n").size(), 1U);
  EXPECT_EQ(faults_in(http + "method: 'G T'}\n").size(), 1U);
  EXPECT_EQ(faults_in(http + "host: \"x\\ny\"}\n").size(), 1U);
  for (const char* const bad : {"99", "1000", "200-", "-200", "299-200", "2xx", "[]", "[200, x]"}) {
    const Texts faults = faults_in(http + "status: " + bad + "}\n");
    ASSERT_EQ(faults.size(), 1U) << bad;
    EXPECT_NE(faults[0].find(status), std::string::npos) << faults[0];
  }
  EXPECT_EQ(faults_in(http + "sha256: abcd}\n"),
            Texts{"4:45: sha256: found 'abcd', expected 64 hexadecimal digits"});
  EXPECT_EQ(faults_in(http + "method: HEAD, contains: x}\n"),
            Texts{"4:11: an answer to HEAD has no body, expected GET or no word about the body"});
  EXPECT_EQ(faults_in(http + "headers: {Host: x}}\n"),
            Texts{"4:47: headers: found 'Host', expected the name of a header other than Host, "
                  "Connection, Content-Length and Transfer-Encoding"});
  EXPECT_EQ(faults_in(http + "headers: {X: \"a\\r\\nb\"}}\n"),
            Texts{"4:50: X: found 'a\\x0d\\x0ab', expected printable ASCII, at most 1024 bytes"});
  EXPECT_EQ(faults_in(http + "headers: x}\n"),
            Texts{"4:46: headers: found 'x', expected a map of at most 32 headers and their "
                  "values"});
  EXPECT_EQ(faults_in(http + "path: /, requests: [{path: /}]}\n"),
            Texts{"4:43: path: there are 'requests', expected it at each of them"});
}

// ---- TLS.

TEST(LoadHttps, VerifiesNothingUnlessToldTo) {
  HttpCheck expected;
  expected.endpoint = Endpoint::parse("192.0.2.1:443").value();
  expected.tls.emplace();
  EXPECT_EQ(http_of("https: 192.0.2.1:443\n"), expected);
  EXPECT_EQ(http_of("https: {address: 192.0.2.1:443}\n"), expected);
}

TEST(LoadHttps, EveryKey) {
  const Loaded loaded = load_config(
      kHead +
          "https: {address: '192.0.2.1:443', server_name: example.com, ca: /etc/ca.pem,\n"
          "      certificate: /etc/own.pem, key: /etc/own.key, min_days: 14, path: /x}\n",
      "f", "host");
  ASSERT_TRUE(loaded.ok());
  const auto& check = std::get<HttpCheck>(loaded.config.checks.at(0).target);
  EXPECT_EQ(check.tls,
            (TlsConfig{"example.com", true, "/etc/ca.pem", "/etc/own.pem", "/etc/own.key", 14}));
  EXPECT_EQ(check.host, "example.com");
  EXPECT_EQ(check.requests[0].path, "/x");
  std::vector<std::string> files;
  for (const PlacedFile& one : loaded.files) {
    files.push_back(std::to_string(one.line) + ":" + std::to_string(one.column) + " " + one.path +
                    (one.closed ? " closed" : ""));
  }
  EXPECT_EQ(files, (Texts{"4:69 /etc/ca.pem", "5:20 /etc/own.pem", "5:39 /etc/own.key closed"}));
}

TEST(LoadHttps, TheHostIsTheNameOfTheServer) {
  const auto name_of = [](const std::string& more) {
    return http_of("https: {address: '192.0.2.1:443', " + more + "}\n").tls->server_name;
  };
  EXPECT_EQ(name_of("host: example.com"), "example.com");
  EXPECT_EQ(name_of("host: 'example.com:8443'"), "example.com");
  EXPECT_EQ(name_of("host: example.com, server_name: other"), "other");
}

TEST(LoadHttps, VerifiesByTheSystemsAuthoritiesIfNoOthersAreNamed) {
  EXPECT_EQ(http_of("https: {address: '192.0.2.1:443', verify: true}\n").tls->ca_file,
            "/etc/ssl/certs/ca-certificates.crt");
}

TEST(LoadHttps, FaultsAreExactlyThese) {
  const std::string https = "https: {address: '192.0.2.1:443', ";
  EXPECT_EQ(
      faults_in(https + "ca: /x, verify: false}\n"),
      Texts{"4:55: verify: found 'false', expected true, since there is a 'ca' to verify by"});
  EXPECT_EQ(faults_in(https + "certificate: /x}\n"),
            Texts{"4:52: certificate: there is no 'key' for it"});
  EXPECT_EQ(faults_in(https + "key: /x}\n"),
            Texts{"4:44: key: there is no 'certificate' that it is of"});
  EXPECT_EQ(faults_in(https + "ca: x}\n"),
            Texts{"4:43: ca: found 'x', expected an absolute path of at most 4095 bytes"});
  EXPECT_EQ(faults_in(https + "server_name: 'a b'}\n"),
            Texts{"4:52: server_name: found 'a b', expected a host name, or an IP address"});
  EXPECT_EQ(faults_in(https + "min_days: 4000}\n"),
            Texts{"4:49: min_days: found '4000', expected a whole number from 0 to 3650"});
  EXPECT_EQ(faults_in("http: {address: '192.0.2.1:80', verify: true}\n").size(), 1U);
  EXPECT_EQ(faults_in("smtp: {address: '192.0.2.1:25', verify: true}\n"),
            Texts{"4:45: verify: is of TLS, expected 'starttls: true'"});
}

// ---- gRPC.

TEST(LoadGrpc, EveryKey) {
  const auto grpc_of = [](const std::string& lines) {
    return std::get<GrpcCheck>(config_of(kHead + lines).checks.at(0).target);
  };
  GrpcCheck expected;
  expected.endpoint = Endpoint::parse("192.0.2.1:50051").value();
  EXPECT_EQ(grpc_of("grpc: 192.0.2.1:50051\n"), expected);
  expected.service = "shop.Orders";
  expected.host = "shop.example.com";
  EXPECT_EQ(grpc_of("grpc: {address: '192.0.2.1:50051', service: shop.Orders, host: "
                    "shop.example.com}\n"),
            expected);
  expected.tls = TlsConfig{"shop.example.com", true, "/ca", "", "", 0, "h2"};
  EXPECT_EQ(grpc_of("grpc: {address: '192.0.2.1:50051', service: shop.Orders, host: "
                    "shop.example.com, tls: true, server_name: shop.example.com, ca: /ca}\n"),
            expected);
}

TEST(LoadGrpc, FaultsAreExactlyThese) {
  EXPECT_EQ(faults_in("grpc: {address: '192.0.2.1:1', ca: /x}\n"),
            Texts{"4:40: ca: is of TLS, expected 'tls: true'"});
  EXPECT_EQ(faults_in("grpc: {address: '192.0.2.1:1', service: 'a b'}\n"),
            Texts{"4:45: service: found 'a b', expected the name of a service, at most 127 bytes"});
}

TEST(LoadHttp, APatternThatIsNoneIsToldAtItsPlace) {
  const std::string text = kHead +
                           "http:\n"
                           "      address: 192.0.2.1:80\n"
                           "      requests:\n"
                           "        - {matches: '^a+$'}\n"
                           "        - {matches: 'a(b'}\n";
  Loaded loaded = load_config(text, "f", "host");
  EXPECT_TRUE(loaded.ok());
  add_pattern_faults(loaded, "f");
  ASSERT_EQ(loaded.diagnostics.size(), 1U);
  EXPECT_EQ(loaded.diagnostics[0].to_string(),
            "f:8:21: the pattern is faulty at byte 3: missing closing parenthesis");
}

TEST(LoadHttp, APatternThatIsNoneStandsAmongTheFaultsOfTheFile) {
  Loaded loaded = load_config(kHead +
                                  "http:\n"
                                  "      address: nowhere\n"
                                  "      matches: 'a(b'\n"
                                  "    rise: never\n",
                              "f", "host");
  add_pattern_faults(loaded, "f");
  std::vector<int> lines;
  for (const Diagnostic& fault : loaded.diagnostics) lines.push_back(fault.line);
  EXPECT_EQ(lines, (std::vector<int>{5, 6, 7}));
}

}  // namespace
}  // namespace holdfast
