// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "common/core/time.h"

// What a map of the document may hold: each reader reads by such a table, and `holdfastctl schema`
// writes the same tables down for editors. What a value has to do with another is in neither.
namespace holdfast {

template <typename E>
struct Choice {
  std::string_view name;
  E value;
};

// Texts that mean something.
struct TextForm {
  std::string_view what;     // "a path": what a message expects
  std::string_view pattern;  // of ECMA 262: matches all that are valid, and perhaps more
  bool (*valid)(std::string_view text) = nullptr;  // null: any text
  bool secret = false;                             // no message shows it
};

struct Form;
struct Shape;
using Forms = std::vector<Form>;  // any of them

// One form that a value may have.
struct Form {
  enum class Kind : std::uint8_t {
    kBoolean,
    kInteger,   // from `min` to `max`
    kDuration,  // from `min` to `max` microseconds
    kText,
    kWord,   // one of `words`
    kList,   // `min` to `max` times `entry`
    kNames,  // a map of names that are the operator's, to `entry`
    kAny,
    kNothing,  // a key without a value
    kMap,      // as `shape` says, with at least `needed`, which `shape` does not require
  };
  Kind kind{};
  std::int64_t min = 0;
  std::int64_t max = 0;
  TextForm text;
  std::vector<std::string_view> words;
  Forms entry;
  const Shape& (*shape)() = nullptr;
  std::vector<std::string_view> needed;
};

// As the value of a default: the key must be given.
inline constexpr std::string_view kRequired = "must be given";

// A row of the table.
struct Key {
  std::string_view name;
  Forms forms;
  std::string_view preset;  // its default, as one would write it; kRequired; empty: neither
  std::string_view help;    // one sentence
};
using Keys = std::vector<Key>;

// The table. It outlives whoever reads by it.
struct Shape {
  std::string_view id;    // "instance"
  std::string_view what;  // "an instance": what messages call the map
  Keys keys;
  std::vector<std::string_view> one_of;  // exactly one of these is given; empty: no such keys
};

Keys operator+(Keys keys, const Keys& more);

namespace form {

Forms boolean();
Forms whole(std::int64_t min, std::int64_t max);
Forms time(Duration min, Duration max);
Forms text(const TextForm& text);
Forms words(std::initializer_list<std::string_view> words);
Forms list(Forms entry, std::size_t min, std::size_t max);
Forms names(Forms entry);
Forms any();
Forms nothing();
Forms map(const Shape& (*shape)(), std::vector<std::string_view> needed = {});

template <typename E, std::size_t N>
Forms words(const std::array<Choice<E>, N>& choices) {
  Forms forms = words({});
  for (const Choice<E>& choice : choices) forms[0].words.push_back(choice.name);
  return forms;
}

}  // namespace form

Forms operator|(Forms forms, const Forms& more);

// ---- Texts of more than one map.

// What instances, checks and nodes are called.
bool is_name(std::string_view text);
inline constexpr TextForm kNameText{"a name of 1 to 64 letters, digits, '.', '_' or '-'",
                                    "^[A-Za-z0-9._-]{1,64}$", is_name};

// As the kernel's dev_valid_name(), and printable ASCII, so that it can stand in a log.
bool is_interface(std::string_view text);
inline constexpr TextForm kInterfaceText{
    "the name of a network interface: 1 to 15 characters without '/', ':' or blanks",
    "^[!-.0-9;-~]{1,15}$", is_interface};

bool is_path(std::string_view text);
inline constexpr TextForm kPathText{"an absolute path of at most 4095 bytes", "^/[\\s\\S]*[^/]$",
                                    is_path};

// What a secret is read from: a file, or a credential of systemd by its name.
inline constexpr std::string_view kCredential = "credential:";
bool is_secret_place(std::string_view text);
inline constexpr TextForm kSecretText{"an absolute path of at most 4095 bytes, or credential:NAME",
                                      "^(/[\\s\\S]*[^/]|credential:[A-Za-z0-9._-]{1,64})$",
                                      is_secret_place};

}  // namespace holdfast
