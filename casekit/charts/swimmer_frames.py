SwimmerFrames = swimmer_frames = None
