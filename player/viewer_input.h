#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

union SDL_Event;

namespace rung::player {

/// What a viewer asks of the player in the window.
enum class ViewerAction : std::uint8_t {
  pause,
  seek_by,       ///< `amount` in seconds.
  seek_to,       ///< `amount` as a share of the title, 0 to 1.
  step,          ///< One picture on, paused.
  volume_by,     ///< `amount` in percent.
  speed_by,      ///< `amount` steps; 0: the title's own.
  subtitles_by,  ///< `amount` places on in the round of "off" and all tracks.
  audio_by,      ///< `amount` places on in the round of all audio tracks.
  rung_by,       ///< `amount` places on in the round of "auto" and all rungs.
  mute,
  full_screen,
  statistics,       ///< Show or hide them.
  next_statistics,  ///< Their next page.
  copy_statistics,
  help,
  next_title,   ///< `amount` titles on; negative: back.
  take_next,    ///< What is offered on the card.
  refuse_next,  ///< The same.
  like,         ///< The title.
  not_for_me,
  save,   ///< For later, or no longer.
  leave,  ///< Out of the full screen, else of the player.
  quit,
  quit_and_forget,  ///< And does not want to go on here the next time.
};

struct ViewerInput {
  ViewerAction action{};
  double amount = 0;
  friend bool operator==(const ViewerInput&, const ViewerInput&) = default;
};

/// A key and what it is for. Neighbours share the meaning of the first one where theirs is empty,
/// and its label, too.
struct KeyBinding {
  std::int32_t key = 0;  ///< SDL_Keycode; of a character that keyboards have in different places
                         ///< the character that is typed.
  enum class By : std::uint8_t { press, shifted_press, character };
  By by = By::press;
  bool repeats = false;  ///< Whether holding the key down asks again and again.
  ViewerInput input;
  std::string_view label;
  std::string_view meaning;
};

/// All keys, in the order of the help.
[[nodiscard]] std::span<const KeyBinding> key_bindings();

/// The lines of the help.
struct HelpLine {
  std::string keys;
  std::string_view meaning;
};
[[nodiscard]] std::vector<HelpLine> help_lines();

/// What `event` (a key, the wheel, a double click, the closing of the window) asks for.
[[nodiscard]] std::optional<ViewerInput> viewer_input(const SDL_Event& event);

}  // namespace rung::player
