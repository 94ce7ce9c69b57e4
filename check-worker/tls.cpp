// SPDX-License-Identifier: Apache-2.0
#include "check-worker/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace holdfast::check {
namespace {

constexpr Duration kSessionAge = std::chrono::minutes{10};

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};
using Ctx = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, Freed<SSL_free>>;
using Session = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

std::string last_error() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "no reason given" : reason;
}

Bio bio_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The certificates of a PEM file, in their order.
std::vector<Certificate> certificates_in(const std::string& pem) {
  std::vector<Certificate> all;
  const Bio bio = bio_of(pem);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) all.emplace_back(one);
  ERR_clear_error();  // of the end
  return all;
}

int no_password(char*, int, int, void*) {
  return -1;
}

Result<void> trust(SSL_CTX* context, const std::string& path, const std::string& pem) {
  const std::vector<Certificate> authorities = certificates_in(pem);
  if (authorities.empty()) return fail(path + " has no certificate");
  for (const Certificate& one : authorities) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get()) != 1) {
      return fail(path + ": " + last_error());
    }
  }
  // An intermediate authority that is named is trusted.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

Result<void> show(SSL_CTX* context, const TlsConfig& config, const std::string& certificate,
                  const std::string& key) {
  std::vector<Certificate> chain = certificates_in(certificate);
  if (chain.empty()) return fail(config.certificate_file + " has no certificate");
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
    return fail(config.certificate_file + ": " + last_error());
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
      return fail(config.certificate_file + ": " + last_error());
    }
  }
  const Bio bio = bio_of(key);
  const Key own(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!own) return fail(config.key_file + " has no key, or one with a password: " + last_error());
  if (SSL_CTX_use_PrivateKey(context, own.get()) != 1) {
    return fail(config.key_file + " is not of " + config.certificate_file + ": " + last_error());
  }
  return {};
}

// "h2,http/1.1" as RFC 7301 §3.1 has it: each behind its length.
std::string alpn_offer(std::string_view protocols) {
  std::string offer;
  while (!protocols.empty()) {
    const std::size_t size = std::min(protocols.find(','), protocols.size());
    offer.append(1, static_cast<char>(size)).append(protocols.substr(0, size));
    protocols.remove_prefix(std::min(size + 1, protocols.size()));
  }
  return offer;
}

// Of a certificate; negative: it has expired.
std::optional<int> days_left(const X509* certificate) {
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) != 1) return {};
  return seconds < 0 ? days - 1 : days;
}

}  // namespace

// ---- What connections of one configuration share.

class TlsClient::Context {
 public:
  struct Resumable {
    Session session;
    Time verified{};  // when a full handshake last proved the certificate
  };

  static Result<std::shared_ptr<Context>> make(const TlsConfig& config,
                                               const std::map<std::string, std::string>& files) {
    auto made = std::make_shared<Context>();
    made->ctx_.reset(SSL_CTX_new(TLS_client_method()));
    if (!made->ctx_) return fail("no memory for TLS");
    SSL_CTX* const context = made->ctx_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, new_session);
    const auto text = [&files](const std::string& path) {
      const auto found = files.find(path);
      return found == files.end() ? std::string() : found->second;
    };
    if (config.verify) {
      if (auto done = trust(context, config.ca_file, text(config.ca_file)); !done) {
        return tl::unexpected(done.error());
      }
    }
    if (!config.certificate_file.empty()) {
      auto done = show(context, config, text(config.certificate_file), text(config.key_file));
      if (!done) return tl::unexpected(done.error());
    }
    if (!config.alpn.empty()) {
      const std::string offer = alpn_offer(config.alpn);
      SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(offer.data()),
                              static_cast<unsigned>(offer.size()));
    }
    return made;
  }

  SSL_CTX* get() const { return ctx_.get(); }
  std::map<Endpoint, Resumable>& sessions() { return sessions_; }

 private:
  static int new_session(SSL* ssl, SSL_SESSION* session);

  Ctx ctx_;
  std::map<Endpoint, Resumable> sessions_;
};

// ---- One connection.

class TlsStream::Impl {
 public:
  Impl(std::shared_ptr<TlsClient::Context> context, TlsConfig config, Endpoint target, Time now)
      : context_(std::move(context)), config_(std::move(config)), target_(target), now_(now) {}

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  // OpenSSL takes a connection that ends without its farewell for a broken one, and resumes no
  // session of it.
  ~Impl() {
    if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }

  Result<void> begin() {
    ssl_.reset(SSL_new(context_->get()));
    incoming_ = BIO_new(BIO_s_mem());
    outgoing_ = BIO_new(BIO_s_mem());
    if (!ssl_ || incoming_ == nullptr || outgoing_ == nullptr) return fail("no memory for TLS");
    BIO_set_mem_eof_return(incoming_, -1);  // empty is not the end
    SSL_set_bio(ssl_.get(), incoming_, outgoing_);
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_connect_state(ssl_.get());
    name();
    resume();
    return {};
  }

  void receive(std::string_view bytes) {
    BIO_write(incoming_, bytes.data(), static_cast<int>(bytes.size()));
  }

  Result<Progress> advance() {
    ERR_clear_error();
    if (!established_) return handshake();
    Progress progress;
    std::array<char, 16384> buffer;  // NOLINT: what is read fills it
    const int size = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (size > 0) {
      progress.plain.assign(buffer.data(), static_cast<std::size_t>(size));
      return progress;
    }
    switch (SSL_get_error(ssl_.get(), size)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return progress;
      case SSL_ERROR_ZERO_RETURN:
        progress.closed = true;
        return progress;
      default:
        return fail("TLS: " + last_error());
    }
  }

  void write(std::string_view plain) {
    // A memory BIO takes everything, so that nothing is left to be written later.
    SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
  }

  std::string take_outgoing() {
    std::string bytes(BIO_ctrl_pending(outgoing_), '\0');
    if (!bytes.empty()) BIO_read(outgoing_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }

  bool established() const { return established_; }

  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

  std::string description() const {
    std::string text = std::string(SSL_get_version(ssl_.get())) + ", " +
                       SSL_get_cipher_name(ssl_.get()) +
                       (SSL_session_reused(ssl_.get()) == 1 ? ", resumed" : "");
    const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr) return text;
    std::array<char, 256> subject{};
    X509_NAME_oneline(X509_get_subject_name(certificate), subject.data(), subject.size());
    text += "; the certificate is of " + std::string(subject.data());
    if (const auto days = days_left(certificate)) {
      text += *days < 0 ? " and has expired" : " and ends in " + std::to_string(*days) + " days";
    }
    return text;
  }

  void keep(SSL_SESSION* session) {
    TlsClient::Context::Resumable& kept = context_->sessions()[target_];
    kept.session.reset(session);
    // A resumed session goes back to the certificate of an earlier handshake.
    const bool resumed = SSL_session_reused(ssl_.get()) == 1 && resumed_from_;
    kept.verified = resumed ? *resumed_from_ : now_;
  }

 private:
  void name() {
    const std::string& name = config_.server_name;
    const bool is_address = name.empty() || IpAddress::parse(name).has_value();
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl_.get());
    if (is_address) {
      const std::string address = name.empty() ? target_.address.to_string() : name;
      if (config_.verify) X509_VERIFY_PARAM_set1_ip_asc(wanted, address.c_str());
      return;
    }
    SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (config_.verify) X509_VERIFY_PARAM_set1_host(wanted, name.data(), name.size());
  }

  void resume() {
    const auto kept = context_->sessions().find(target_);
    if (kept == context_->sessions().end()) return;
    if (now_ - kept->second.verified < kSessionAge) {
      SSL_set_session(ssl_.get(), kept->second.session.get());
      resumed_from_ = kept->second.verified;
    } else {
      context_->sessions().erase(kept);
    }
  }

  Result<Progress> handshake() {
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) {
      if (const std::string fault = fault_of_certificate(); !fault.empty()) {
        context_->sessions().erase(target_);
        return fail(fault);
      }
      established_ = true;
      return Progress{true, false, {}};
    }
    const int error = SSL_get_error(ssl_.get(), done);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Progress{};
    context_->sessions().erase(target_);
    const long verified = SSL_get_verify_result(ssl_.get());
    if (config_.verify && verified != X509_V_OK) {
      return fail(std::string("the certificate is refused: ") +
                  X509_verify_cert_error_string(verified));
    }
    return fail("TLS handshake: " + last_error());
  }

  std::string fault_of_certificate() {
    if (config_.days_min == 0) return {};
    const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
    const auto days = certificate == nullptr ? std::nullopt : days_left(certificate);
    if (!days) return "the server shows no certificate";
    if (*days >= static_cast<int>(config_.days_min)) return {};
    if (*days < 0) return "the certificate has expired";
    return "the certificate expires in " + std::to_string(*days) + " days, expected at least " +
           std::to_string(config_.days_min);
  }

  std::shared_ptr<TlsClient::Context> context_;
  TlsConfig config_;
  Endpoint target_;
  Time now_;
  Ssl ssl_;
  BIO* incoming_ = nullptr;  // both are ssl_'s
  BIO* outgoing_ = nullptr;
  bool established_ = false;
  std::optional<Time> resumed_from_;
};

// 1: the session is ours now.
int TlsClient::Context::new_session(SSL* ssl, SSL_SESSION* session) {
  auto* const stream = static_cast<TlsStream::Impl*>(SSL_get_app_data(ssl));
  if (stream == nullptr) return 0;
  stream->keep(session);
  return 1;
}

TlsStream::TlsStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsStream::~TlsStream() = default;
void TlsStream::receive(std::string_view bytes) {
  impl_->receive(bytes);
}
Result<TlsStream::Progress> TlsStream::advance() {
  return impl_->advance();
}
void TlsStream::write(std::string_view plain) {
  impl_->write(plain);
}
std::string TlsStream::take_outgoing() {
  return impl_->take_outgoing();
}
std::string TlsStream::description() const {
  return impl_->description();
}
std::string TlsStream::protocol() const {
  return impl_->protocol();
}
bool TlsStream::established() const {
  return impl_->established();
}

TlsClient::TlsClient() {
  // The worker has no file to read it from, and needs none.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
}
TlsClient::~TlsClient() = default;

void TlsClient::set_files(std::map<std::string, std::string> files) {
  if (files == files_) return;
  files_ = std::move(files);
  contexts_.clear();
}

void TlsClient::keep_only(const std::set<TlsConfig>& used) {
  std::erase_if(contexts_, [&used](const auto& entry) { return !used.contains(entry.first); });
}

Result<std::unique_ptr<TlsStream>> TlsClient::connect(const TlsConfig& config,
                                                      const Endpoint& target, Time now) {
  auto& context = contexts_[config];
  if (!context) {
    auto made = Context::make(config, files_);
    if (!made) {
      contexts_.erase(config);
      return tl::unexpected(made.error());
    }
    context = *made;
  }
  auto stream = std::make_unique<TlsStream::Impl>(context, config, target, now);
  if (auto begun = stream->begin(); !begun) return tl::unexpected(begun.error());
  return std::make_unique<TlsStream>(std::move(stream));
}

}  // namespace holdfast::check
