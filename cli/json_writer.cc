#include "cli/json_writer.h"

#include <nlohmann/json.hpp>

namespace rung::cli {
namespace {

/// Text that is no UTF-8 is shown with replacement characters.
std::string quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void JsonWriter::key(std::string_view name) {
  separate();
  put(quoted(name));
  put(":");
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) { raw(quoted(text)); }

void JsonWriter::value(double number) { raw(nlohmann::json(number).dump()); }

void JsonWriter::finish() {
  if (size_ > 0 && has_member_.empty()) put("\n");
  std::fwrite(buffer_.data(), 1, buffer_.size(), out_);
  std::fflush(out_);
  buffer_.clear();
  size_ = 0;
}

void JsonWriter::open(char bracket) {
  raw(std::string_view(&bracket, 1));
  has_member_.push_back(false);
}

void JsonWriter::close(char bracket) {
  has_member_.pop_back();
  put(std::string_view(&bracket, 1));
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_member_.empty()) return;
  if (has_member_.back()) put(",");
  has_member_.back() = true;
}

void JsonWriter::raw(std::string_view text) {
  separate();
  put(text);
}

void JsonWriter::put(std::string_view text) {
  constexpr std::size_t flush_at = std::size_t{1} << 20;
  buffer_ += text;
  size_ += static_cast<std::int64_t>(text.size());
  if (buffer_.size() < flush_at) return;
  std::fwrite(buffer_.data(), 1, buffer_.size(), out_);
  buffer_.clear();
}

}  // namespace rung::cli
