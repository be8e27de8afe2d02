"""Messages that leave the system: a daily digest and safeguarding notices, by e-mail or Telegram.

A verb of any area above `tell`s people in its own transaction; what is told is counts and a link and never a case.
The row waits in `outbox` until a worker has handed it to the channel that the person chose at that moment, and says
afterwards what became of it.
"""
