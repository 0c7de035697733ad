export {
  type FreshBucket,
  type FreshDatabase,
  freshBucket,
  freshDatabase,
  SERVICES_VARIABLE,
  type Services,
  services,
} from './fresh.ts';
