#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rung::cli {

/// Writes one JSON text piece by piece, for outputs too long to be held as a tree. A resource.
class JsonWriter {
 public:
  explicit JsonWriter(std::FILE* out) : out_(out) {}
  ~JsonWriter() { finish(); }
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  /// The next value is the member `name` of the object.
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool truth) { raw(truth ? "true" : "false"); }
  void value(double number);
  template <std::integral Integer>
  void value(Integer number) {
    raw(std::to_string(number));
  }

  /// A member with a value; an optional one is left out where it is empty.
  template <typename T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }
  template <typename T>
  void member(std::string_view name, const std::optional<T>& content) {
    if (content) member(name, *content);
  }
  /// A member that is left out where the text is empty or the number zero.
  template <typename T>
  void known_member(std::string_view name, const T& content) {
    if (content != T{}) member(name, content);
  }

  /// How many bytes have been written.
  [[nodiscard]] std::int64_t size() const { return size_; }
  /// Ends the text with a newline and hands everything to the file.
  void finish();

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void raw(std::string_view text);
  void put(std::string_view text);

  std::FILE* out_;
  std::string buffer_;
  std::int64_t size_ = 0;
  std::vector<bool> has_member_;  ///< By open bracket.
  bool after_key_ = false;
};

}  // namespace rung::cli
