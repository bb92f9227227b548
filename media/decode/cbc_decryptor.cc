#include "media/decode/cbc_decryptor.h"

#include <algorithm>
#include <cstdint>
#include <new>

extern "C" {
#include <libavutil/aes.h>
#include <libavutil/mem.h>
}

#include "core/check.h"

namespace rung::decode {
namespace {

constexpr std::size_t block = std::tuple_size_v<CipherBlock>;
constexpr int key_bits = 128;

std::uint8_t* octets(std::byte* bytes) { return reinterpret_cast<std::uint8_t*>(bytes); }
const std::uint8_t* octets(const std::byte* bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes);
}

}  // namespace

void CbcDecryptor::Free::operator()(AVAES* state) const { av_free(state); }

CbcDecryptor::CbcDecryptor(const CipherBlock& key, const CipherBlock& initialization_vector)
    : state_(av_aes_alloc()), chained_(initialization_vector) {
  if (!state_) throw std::bad_alloc();
  RUNG_CHECK(av_aes_init(state_.get(), octets(key.data()), key_bits, 1) == 0);
}

std::vector<std::byte> CbcDecryptor::take(std::span<const std::byte> bytes) {
  held_back_.insert(held_back_.end(), bytes.begin(), bytes.end());
  if (held_back_.size() <= block) return {};
  const std::size_t blocks = (held_back_.size() - 1) / block;
  std::vector<std::byte> plain(blocks * block);
  av_aes_crypt(state_.get(), octets(plain.data()), octets(held_back_.data()),
               static_cast<int>(blocks), octets(chained_.data()), 1);
  held_back_.erase(held_back_.begin(),
                   held_back_.begin() + static_cast<std::ptrdiff_t>(plain.size()));
  return plain;
}

Expected<std::vector<std::byte>> CbcDecryptor::finish() {
  if (held_back_.size() != block)
    return failure(ErrorCode::decode, "the encrypted bytes are not whole blocks of 16");
  std::vector<std::byte> plain(block);
  av_aes_crypt(state_.get(), octets(plain.data()), octets(held_back_.data()), 1,
               octets(chained_.data()), 1);
  const auto padding = std::to_integer<std::size_t>(plain.back());
  const bool whole = padding >= 1 && padding <= block &&
                     std::all_of(plain.end() - static_cast<std::ptrdiff_t>(padding), plain.end(),
                                 [&](std::byte value) { return value == plain.back(); });
  if (!whole)
    return failure(ErrorCode::decode,
                   "cannot be decrypted: the key is another one, or it is damaged");
  plain.resize(block - padding);
  held_back_.clear();
  return plain;
}

}  // namespace rung::decode
