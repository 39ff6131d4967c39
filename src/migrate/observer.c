#include "migrate/observer.h"

void
observer_tell(const struct observer *observer, const struct event *event)
{
    if (observer != NULL && observer->tell != NULL) {
        observer->tell(observer->context, event);
    }
}
