"""Words of a page in a real browser that cover each other, reach beyond their picture, or are cut off on the right."""

# The last one is the desk at 200 % zoom.
SIZES = ((1440, 900), (1024, 768), (390, 844), (720, 450))

# The place of every picture, and of every text in it that can be seen.
PICTURES = """() => [...document.querySelectorAll(".casekit-chart:not([hidden]) svg")].map(svg => {
  const seen = item => item === svg || (Number(getComputedStyle(item).opacity) > 0 && seen(item.parentNode));
  const words = [...svg.querySelectorAll("text")].filter(item => item.textContent.trim() && seen(item))
    .map(item => ({ text: item.textContent, ...item.getBoundingClientRect().toJSON() }))
    .filter(box => box.width > 0);
  return { frame: svg.getBoundingClientRect().toJSON(), words }; })"""

# Words outside the pictures that are cut off on the right, and buttons over a picture that lie on its words; what is
# meant to scroll may.
CUT_OFF = """() => [...document.querySelectorAll("#rendered_cells *")]
  .filter(item => !item.closest("svg, .ck-rows .box, .ck-scroll, select, details:not([open])"))
  .filter(item => item.children.length === 0 && item.textContent.trim() && item.getClientRects().length)
  .filter(item => !item.closest(".ck-unseen") && getComputedStyle(item).clipPath === "none")
  .filter(item => item.getBoundingClientRect().right > innerWidth + 1
    || (item.clientWidth > 0 && item.scrollWidth > item.clientWidth + 2
        && getComputedStyle(item).overflowX !== "visible"))
  .map(item => item.textContent.slice(0, 60))"""
BUTTONS = """() => [...document.querySelectorAll(".casekit-chart:not([hidden])")].flatMap(chart => {
  const bars = [...chart.querySelectorAll(".casekit-zoom button")].map(button => button.getBoundingClientRect());
  return [...chart.querySelectorAll("svg text")].filter(text => {
    const box = text.getBoundingClientRect();
    return box.width > 0 && text.textContent.trim() && bars.some(bar => box.left < bar.right && box.right > bar.left
      && box.top < bar.bottom && box.bottom > bar.top); }).map(text => "a button on " + text.textContent); })"""
FITTED = """() => [...document.querySelectorAll(".casekit-chart:not([hidden])")].every(chart =>
  Math.abs(chart.querySelector("svg").getBoundingClientRect().width - chart.clientWidth) < 2)"""
WIDE = "document.querySelector('#rendered_cells').scrollWidth"


def resize(page, width, height):
    """Give the window that size, and the pictures the time to fit themselves to it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(FITTED)
    page.wait_for_timeout(150)  # the last picture may still be drawing


def troubles(page, at_least=1):
    """What is wrong with the words on screen; every picture has at least so many."""
    pictures = page.evaluate(PICTURES)
    assert min((len(picture["words"]) for picture in pictures), default=at_least) >= at_least
    found = [trouble for picture in pictures for trouble in of_picture(picture["words"], picture["frame"])]
    return found + page.evaluate(CUT_OFF) + page.evaluate(BUTTONS)


def sideways(page):
    """Whether the page is wider than the window."""
    return page.evaluate(WIDE) > page.viewport_size["width"]


def of_picture(words, frame):
    """Words of a picture that reach beyond it, and pairs that cover each other by more than the air around letters."""
    beyond = [word["text"] for word in words if sticks_out(word, frame)]
    return beyond + [
        (one["text"], other["text"])
        for place, one in enumerate(words)
        for other in words[place + 1 :]
        if min(one["right"], other["right"]) - max(one["left"], other["left"]) > 1
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 4
        and not (one["text"] == other["text"] and abs(one["left"] - other["left"]) < 1)  # a halo is no second word
    ]


def sticks_out(word, frame):
    """Whether words reach beyond the picture."""
    across = max(frame["left"] - word["left"], word["right"] - frame["right"])
    return max(across, frame["top"] - word["top"], word["bottom"] - frame["bottom"]) > 1
