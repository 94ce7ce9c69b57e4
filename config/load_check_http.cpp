// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "config/load_check_kinds.h"
#include "config/scalars.h"
#include "config/shapes.h"

// `http` and `https` of a check.
namespace holdfast {
namespace {

constexpr std::size_t kHeadersMax = 32;
constexpr std::size_t kRequestsMax = 16;
constexpr std::size_t kRangesMax = 32;

bool is_request_path(std::string_view text) {
  return text.starts_with('/') && text.size() <= 2048 &&
         std::all_of(text.begin(), text.end(), is_visible);
}

// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_visible(c) &&
           std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
  });
}

bool is_header_value(std::string_view text) {
  return text.size() <= 1024 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_visible(c) || c == ' '; });
}

bool is_body_text(std::string_view text) {
  return !text.empty() && text.size() <= 1024;
}

// 200, or 200-299.
bool read_range(std::string_view text, HttpStatusRange& range) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto first = parse_integer(text.substr(0, dash));
  const auto last = dash == text.size() ? first : parse_integer(text.substr(dash + 1));
  if (!first || !last || *first < 100 || *last > 999 || *first > *last) return false;
  range = {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
  return true;
}

bool read_digest(std::string_view text, std::array<std::uint8_t, 32>& digest) {
  if (text.size() != 2 * digest.size()) return false;
  for (std::uint8_t& byte : digest) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + 2) return false;
    text.remove_prefix(2);
  }
  return true;
}

constexpr TextForm kStatus{"a status such as 200, a range such as 200-299, or a list",
                           "^[1-9][0-9]{2}(-[1-9][0-9]{2})?$", [](std::string_view text) {
                             HttpStatusRange range;
                             return read_range(text, range);
                           }};
constexpr TextForm kDigest{"64 hexadecimal digits", "^[0-9A-Fa-f]{64}$", [](std::string_view text) {
                             std::array<std::uint8_t, 32> digest{};
                             return read_digest(text, digest);
                           }};
constexpr TextForm kHeaderValue{"printable ASCII, at most 1024 bytes", "^[ -~]{0,1024}$",
                                is_header_value};
constexpr TextForm kBodyText{"a text of at most 1024 bytes", "^[\\s\\S]{1,1024}$", is_body_text};
constexpr TextForm kBodyPattern{"a pattern of at most 1024 bytes", "^[\\s\\S]{1,1024}$",
                                is_body_text};

Keys request_keys() {
  return {
      {"path",
       form::text({"a path that begins with '/', printable ASCII, at most 2048 bytes",
                   "^/[!-~]{0,2047}$", is_request_path}),
       "/", "The path, and the query if there is one."},
      {"status", form::text(kStatus) | form::list(form::text(kStatus), 1, kRangesMax), "200-299",
       "Any of them is good."},
      {"contains", form::text(kBodyText), "", "What must be in the body; otherwise anything."},
      {"matches", form::text(kBodyPattern), "",
       "A PCRE2 pattern that the body must match somewhere; otherwise anything."},
      {"sha256", form::text(kDigest), "", "The digest of the whole body; otherwise any."},
  };
}

const Shape& request_shape() {
  static const Shape shape{"request", "a request", request_keys(), {}};
  return shape;
}

constexpr std::array kHttp2Uses{Choice<Http2Use>{"never", Http2Use::kNever},
                                Choice<Http2Use>{"auto", Http2Use::kAuto},
                                Choice<Http2Use>{"only", Http2Use::kOnly}};

Keys http_keys() {
  return address_key() +
         Keys{{"method",
               form::text({"a method of HTTP, such as GET or HEAD", "^[!-~]{1,64}$", is_token}),
               "GET", "With HEAD, nothing can be expected of the body."},
              {"host", form::text(kHostHeader), "", "The header Host; the address."},
              {"headers", form::names(form::text(kHeaderValue)), "", "At most 32 more headers."},
              {"requests", form::list(form::map(request_shape), 1, kRequestsMax), "",
               "Several requests, instead of the one that stands beside the address."}} +
         request_keys();
}

class HttpReader {
 public:
  HttpReader(bool tls, const Reading& into) : tls_(tls), into_(into), faults_(into.faults) {}

  HttpCheck read(const YamlNode& node) {
    MapReader map(faults_, node, tls_ ? https_shape() : http_shape());
    read_check_address(map, into_, check_.endpoint);
    map.text("method", check_.method);
    map.text("host", check_.host);
    if (const YamlNode* headers = map.find("headers")) read_headers(*headers);
    read_requests(map, node);
    if (tls_) read_tls_of(map);
    return std::move(check_);
  }

 private:
  // The name of one is that of the other, unless both are given.
  void read_tls_of(MapReader& map) {
    TlsConfig tls = read_tls(map, into_);
    if (!map.has("server_name")) {
      const std::size_t port = check_.host.starts_with('[') ? 0 : check_.host.find(':');
      tls.server_name = check_.host.empty() ? check_.endpoint.host : check_.host.substr(0, port);
    } else if (!map.has("host")) {
      check_.host = tls.server_name;
    }
    map.choice("http2", kHttp2Uses, check_.http2);
    if (check_.http2 == Http2Use::kAuto) tls.alpn = "h2,http/1.1";
    if (check_.http2 == Http2Use::kOnly) tls.alpn = "h2";
    check_.tls = std::move(tls);
  }

  void read_headers(const YamlNode& node) {
    constexpr std::string_view kWhat = "a map of at most 32 headers and their values";
    if (node.kind != YamlNode::Kind::kMap || node.children.size() > 2 * kHeadersMax) {
      expected(faults_, "headers", node, kWhat);
      return;
    }
    for (std::size_t i = 0; i < node.children.size(); i += 2) {
      const YamlNode& name = node.children[i];
      const YamlNode& value = node.children[i + 1];
      const YamlText* text = read_text(faults_, name.text, value, "the value of a header");
      if (!is_token(name.text) || is_ours(name.text)) {
        expected(faults_, "headers", name,
                 "the name of a header other than Host, Connection, "
                 "Content-Length and Transfer-Encoding");
      } else if (text != nullptr && !is_header_value(*text)) {
        expected(faults_, name.text, value, kHeaderValue.what);
      } else if (text != nullptr) {
        check_.headers.emplace_back(name.text, *text);
      }
    }
  }

  // What would make another request of it.
  static bool is_ours(std::string_view name) {
    constexpr std::array<std::string_view, 4> kOurs{"host", "connection", "content-length",
                                                    "transfer-encoding"};
    return std::any_of(kOurs.begin(), kOurs.end(), [name](std::string_view ours) {
      return std::equal(name.begin(), name.end(), ours.begin(), ours.end(),
                        [](char a, char b) { return (a | 0x20) == b; });
    });
  }

  // Of one request the keys stand beside the address.
  void read_requests(MapReader& map, const YamlNode& node) {
    if (!map.has("requests")) {
      check_.requests = {read_request(map, node)};
      return;
    }
    check_.requests.clear();
    for (const Key& key : request_shape().keys) {
      if (map.has(key.name)) {
        faults_.add(*map.find(key.name),
                    std::string(key.name) + ": there are 'requests', expected it at each of them");
      }
    }
    for (const YamlNode* one : map.list("requests")) {
      MapReader request(faults_, *one, request_shape());
      check_.requests.push_back(read_request(request, *one));
    }
  }

  HttpRequest read_request(MapReader& map, const YamlNode& node) {
    HttpRequest request;
    map.text("path", request.path);
    if (const YamlNode* status = map.find("status")) request.statuses = read_statuses(*status);
    map.text("contains", request.contains);
    const YamlNode* const pattern = map.text("matches", request.matches);
    if (pattern != nullptr) {
      into_.places.patterns.push_back(in_file<PlacedPattern>(*pattern, request.matches));
    }
    if (const YamlNode* digest = map.find("sha256")) {
      request.sha256.emplace();
      if (!read_digest(digest->text, *request.sha256)) {
        expected(faults_, "sha256", *digest, kDigest.what);
      }
    }
    const bool body = map.has("contains") || map.has("matches") || map.has("sha256");
    if (body && check_.method == "HEAD") {
      faults_.add(node, "an answer to HEAD has no body, expected GET or no word about the body");
    }
    return request;
  }

  std::vector<HttpStatusRange> read_statuses(const YamlNode& node) {
    constexpr std::string_view kWhat = kStatus.what;
    std::vector<HttpStatusRange> statuses;
    const bool list = node.kind == YamlNode::Kind::kSequence;
    for (const YamlNode& one : list ? node.children.all() : std::span(&node, 1)) {
      const YamlText* text = read_text(faults_, "status", one, kWhat);
      HttpStatusRange range;
      if (text != nullptr && !read_range(*text, range)) expected(faults_, "status", one, kWhat);
      statuses.push_back(range);
    }
    if (statuses.empty() || statuses.size() > kRangesMax) expected(faults_, "status", node, kWhat);
    return statuses;
  }

  bool tls_;
  const Reading& into_;
  Faults& faults_;
  HttpCheck check_;
};

}  // namespace

const Shape& http_shape() {
  static const Shape shape{"http", "http", http_keys(), {}};
  return shape;
}

const Shape& https_shape() {
  static const Shape shape{
      "https",
      "https",
      http_keys() + tls_keys() +
          Keys{{"http2", form::words(kHttp2Uses), "never", "Whether HTTP/2 is offered by ALPN."}},
      {}};
  return shape;
}

HttpCheck read_http_check(const YamlNode& node, const Reading& into) {
  HttpCheck check;
  if (node.kind == YamlNode::Kind::kScalar) {
    read_check_endpoint("http", node, into.faults, check.endpoint);
    return check;
  }
  return HttpReader(false, into).read(node);
}

HttpCheck read_https_check(const YamlNode& node, const Reading& into) {
  if (node.kind != YamlNode::Kind::kScalar) return HttpReader(true, into).read(node);
  HttpCheck check;
  check.tls.emplace();
  read_check_endpoint("https", node, into.faults, check.endpoint);
  check.tls->server_name = check.endpoint.host;
  return check;
}

}  // namespace holdfast
