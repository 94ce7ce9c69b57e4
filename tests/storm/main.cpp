// SPDX-License-Identifier: Apache-2.0
// holdfast-storm INTERFACE PACKETS-PER-SECOND SECONDS KIND VRID ADDRESS: adverts of priority 254
// that nobody must believe, at a steady rate. Prints how many it sent.
#include <net/if.h>
#include <netpacket/packet.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/owned_fd.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/core/checksum.h"

namespace holdfast::vrrp {
namespace {

using Bytes = std::vector<std::uint8_t>;

const IpAddress kSource = IpAddress::v4({192, 0, 2, 66});
constexpr std::size_t kBatch = 100;

struct Hostile {
  std::uint8_t vrid;
  std::uint8_t ttl;
  bool spoilt_checksum;
};

Bytes frame_of(const Hostile& hostile, const IpAddress& address) {
  Advert advert;
  advert.vrid = Vrid{hostile.vrid};
  advert.priority = Priority{254};
  advert.interval = std::chrono::seconds{1};
  advert.addresses = {address};
  const IpAddress group = vrrp_group(Family::kIpv4);
  Bytes message = encode_advert(advert, ChecksumForm::kPseudoHeader, kSource, group);
  if (hostile.spoilt_checksum) message[6] ^= 0x55U;
  Bytes header{0x45,        0xc0,
               0,           static_cast<std::uint8_t>(20 + message.size()),
               0,           0,
               0,           0,
               hostile.ttl, kVrrpProtocol,
               0,           0};
  for (const IpAddress& one : {kSource, group}) {
    header.insert(header.end(), one.bytes().begin(), one.bytes().end());
  }
  Checksum checksum;
  checksum.add(header);
  header[10] = static_cast<std::uint8_t>(checksum.value() >> 8U);
  header[11] = static_cast<std::uint8_t>(checksum.value() & 0xffU);
  Bytes frame{0x01, 0x00, 0x5e, 0, 0, 18, 2, 0, 0, 0, 0, 0x66, 0x08, 0x00};
  frame.insert(frame.end(), header.begin(), header.end());
  frame.insert(frame.end(), message.begin(), message.end());
  return frame;
}

// What a batch consists of.
std::vector<Bytes> frames_of(const std::string& kind, std::uint8_t vrid, const IpAddress& address) {
  const std::vector<Hostile> all{{vrid, 255, true}, {vrid, 64, false}, {0, 255, false}};
  std::vector<Bytes> frames;
  for (std::size_t i = 0; frames.size() < kBatch; ++i) {
    Hostile one = all[i % all.size()];
    if (kind == "known") one = all[i % 2];
    if (kind == "foreign") one = all[2];
    // A virtual router that is not ours.
    if (one.vrid == 0) one.vrid = static_cast<std::uint8_t>(vrid % 255 + 1);
    frames.push_back(frame_of(one, address));
  }
  return frames;
}

int program(const std::vector<std::string>& words) {
  if (words.size() != 6) return 2;
  const double rate = std::stod(words[1]);
  const double seconds = std::stod(words[2]);
  const auto vrid = static_cast<std::uint8_t>(std::stoi(words[4]));
  const std::vector<Bytes> frames = frames_of(words[3], vrid, IpAddress::parse(words[5]).value());

  const OwnedFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  HF_CHECK(socket);
  const int on = 1;
  HF_CHECK(::setsockopt(socket.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) == 0);
  sockaddr_ll place{};
  place.sll_family = AF_PACKET;
  place.sll_protocol = 0x0008;  // IPv4, in network order
  place.sll_ifindex = static_cast<int>(::if_nametoindex(words[0].c_str()));
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> messages{};
  for (std::size_t i = 0; i < kBatch; ++i) {
    parts[i] = {const_cast<std::uint8_t*>(frames[i].data()), frames[i].size()};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &place;
    messages[i].msg_hdr.msg_namelen = sizeof place;
  }

  // A thousand times a second, as many as are due by then: late ticks are made up for.
  const OwnedFd ticks(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const itimerspec every{{0, 1'000'000}, {0, 1'000'000}};
  HF_CHECK(ticks && ::timerfd_settime(ticks.get(), 0, &every, nullptr) == 0);
  double due = 0;
  std::uint64_t sent = 0;
  for (double left = seconds * 1000; left > 0;) {
    std::uint64_t expired = 0;
    HF_CHECK(::read(ticks.get(), &expired, sizeof expired) == sizeof expired);
    left -= static_cast<double>(expired);
    due += static_cast<double>(expired) * rate / 1000;
    for (; due >= kBatch; due -= kBatch) {
      const int count = ::sendmmsg(socket.get(), messages.data(), kBatch, 0);
      if (count > 0) sent += static_cast<std::uint64_t>(count);
    }
  }
  std::printf("%llu\n", static_cast<unsigned long long>(sent));
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace holdfast::vrrp

int main(int argc, char** argv) {
  return holdfast::vrrp::program({argv + std::min(argc, 1), argv + argc});
}
