// For `node --require`: from before a service's modules are loaded, which takes a second or more.
import { leaveWhenAsked } from './early-signals';

leaveWhenAsked();
